"""The reviewer's door: from one published figure back to counts, records, loads and code."""

from rbdc.explain.explanation import Explanation, explain

__all__ = ["Explanation", "explain"]
