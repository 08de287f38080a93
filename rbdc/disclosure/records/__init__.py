"""Anonymity of records: how much a record file tells of a person, and how it is made coarser."""
