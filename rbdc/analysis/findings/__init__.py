"""Findings: plain sentences made from results, in English and French, of both kinds."""

from rbdc.analysis.findings.table import findings

__all__ = ["findings"]
