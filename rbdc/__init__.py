"""Domain library of the RBDC Warehouse: plain typed Python that never imports Dagster."""
