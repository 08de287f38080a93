"""The gate between landing and raw."""
