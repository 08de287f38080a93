"""Uncertainty for every figure."""
