"""Interval estimates of disparity from counts: frames in, frames out, vectorised in between."""

from rbdc.statistics.estimates import estimate
from rbdc.statistics.rules import EstimationRules, estimation_rules

__all__ = ["EstimationRules", "estimate", "estimation_rules"]
