"""The state of one service on disk: landing, raw, quarantine, audit, warehouse and marts."""
