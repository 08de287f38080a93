"""Pulling from the source systems into landing."""
