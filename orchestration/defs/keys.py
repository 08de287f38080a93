"""Names of assets and jobs that more than one area uses."""

import dagster as dg

from rbdc.sources.declaration import SourceTable

LOADS = dg.AssetKey(["audit", "loads"])
ESTIMATES = dg.AssetKey(["statistics", "estimates"])
INDEX_COUNTS = dg.AssetKey(["indicators", "index_counts"])
DISPROPORTIONALITY = dg.AssetKey(["indicators", "disproportionality"])
BENCHMARK_COUNTS = dg.AssetKey(["benchmarks", "benchmark_counts"])
INTERACTION_COUNTS = dg.AssetKey(["interactions", "interaction_counts"])
CONTEXT_COUNTS = dg.AssetKey(["interactions", "context_counts"])
COUNTABLE_UNITS = dg.AssetKey(["publication", "countable_units"])
SUMMARY_COUNTS = dg.AssetKey(["publication", "summary_counts_of_incidents"])
DATA_QUALITY = dg.AssetKey(["indicators", "data_quality"])
MARTS = dg.AssetKey(["marts"])
NIGHTLY_REFRESH = "nightly_refresh"
CANDIDATE = dg.AssetKey(["releases", "candidate"])
QUARANTINE = dg.AssetKey(["quarantine", "rows"])


def analysis_key(table: str) -> dg.AssetKey:
    """Key of a table that is made from the estimates, which is also that of the dbt source."""
    return dg.AssetKey(["statistics", table])


def mart_key(table: str) -> dg.AssetKey:
    """Key of a mart of schema `indicators`."""
    return dg.AssetKey(["indicators", table])


def landing_key(table: SourceTable) -> dg.AssetKey:
    """Key of a table's landing batches."""
    return dg.AssetKey(["landing", table.id])


def raw_key(table: SourceTable) -> dg.AssetKey:
    """Key of a table's accepted rows, which is also the key of the dbt source."""
    return dg.AssetKey(["raw", table.id])


def audit_key(stage: str) -> dg.AssetKey:
    """Key of the audit of a stage of the warehouse."""
    return dg.AssetKey(["audit", stage])
