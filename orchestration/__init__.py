"""Dagster layer: what runs, when, and what stops it; domain rules live in `rbdc`."""
