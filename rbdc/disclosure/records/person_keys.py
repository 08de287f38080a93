"""Keys of persons in a release: the same in each build of it, and different in every other."""

import pandas as pd

from rbdc.duck import connect
from rbdc.sources.pseudonyms import PseudonymKey
from rbdc.sql import literal

_LENGTH = 32  # hexadecimal digits: the first 128 bits of the HMAC


def person_keys(key: PseudonymKey, version: str, persons: pd.Series) -> pd.Series:
    """Keys of persons in one release: HMAC-SHA256(secret, version + person).

    Without the secret nobody can make a key of a person, or find which keys of two releases belong
    together.

    Args:
        key: the service's secret.
        version: version of the release, such as `1.2.0`.
        persons: ids of persons in the warehouse, empty where a record names none.

    Returns:
        Keys of 32 hexadecimal digits, in the order and with the index of `persons`; empty stays
        empty.
    """
    ids = pd.DataFrame({"person": persons.astype("string").array}).assign(
        position=range(len(persons))
    )
    with connect() as connection:
        connection.register("ids", ids)
        found = connection.sql(
            f"select {person_key_sql(key, version, 'person')} as key from ids order by position"
        ).df()
    return pd.Series(found["key"].array, index=persons.index, dtype="string", name="person_key")


def person_key_sql(key: PseudonymKey, version: str, expression: str) -> str:
    """DuckDB expression of the same keys.

    Args:
        key: the service's secret.
        version: version of the release.
        expression: SQL expression of the person's id.
    """
    return f"right({key.sql(f'{literal(_said(version))} || {expression}')}, {_LENGTH})"


def person_key(key: PseudonymKey, version: str, person: str) -> str:
    """Key of one person in one release."""
    return key.of(_said(version) + person)[-_LENGTH:]


def _said(version: str) -> str:
    """What stands before a person's id under the HMAC.

    The words keep these keys apart from pseudonyms of the same secret. The version's length says
    where it ends, so that no version and id together read as another version and id.
    """
    return f"person key of a release|{len(version)}|{version}|"
