"""Quoting of names and values for the SQL that Python puts together."""


def identifier(name: str) -> str:
    """A column or table name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | None) -> str:
    """A text literal in single quotes, or null."""
    return "null" if value is None else "'" + value.replace("'", "''") + "'"
