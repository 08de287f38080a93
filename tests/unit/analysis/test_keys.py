"""Which period is the latest that the data reach to its end."""

import pandas as pd
import pytest

from rbdc.analysis.keys import latest_complete


@pytest.mark.parametrize(
    ("periods", "reached", "expected"),
    [
        (["2022", "2023"], "2023-12-31", "2023"),
        (["2022", "2023"], "2023-12-05", "2023"),  # the last of a few events
        (["2022", "2023"], "2023-11-30", "2022"),
        (["2023-Q3", "2023-Q4"], "2023-12-25", "2023-Q4"),
        (["2023-Q3", "2023-Q4"], "2023-12-20", "2023-Q3"),
        (["2023-11", "2023-12"], "2023-12-29", "2023-12"),
        (["2023-11", "2023-12"], "2023-12-27", "2023-11"),
        (["2023"], "2023-06-30", "2023"),  # none is complete
        (["all"], None, "all"),
        (["2022", "2023"], None, "2023"),
    ],
)
def test_the_latest_complete_period(periods, reached, expected):
    rows = pd.DataFrame({"period": periods, "data_as_of": pd.Timestamp(reached)})
    assert latest_complete(rows) == expected


def test_without_rows_there_is_none():
    assert latest_complete(pd.DataFrame({"period": [], "data_as_of": []})) is None
