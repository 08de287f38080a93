"""dbt layers and the marts that readers see."""
