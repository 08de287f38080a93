"""Whatever mix of faulty rows comes, they are set aside, and mending them leaves no trace."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.quality.simulated_city import (
    ROW_FAULTS,
    City,
    judge,
    loses_its_key,
    make_city,
    raw,
    set_aside,
)

mixes = st.lists(
    st.tuples(st.sampled_from(ROW_FAULTS), st.integers(0, 10**6)), min_size=1, max_size=8
)


@pytest.fixture(scope="module")
def city(tmp_path_factory, quick_gate) -> City:
    return make_city(tmp_path_factory.mktemp("city"), residents=4_000)


def assert_faults_leave_no_trace(city: City, mix, seen_before: bool) -> None:
    """Rows are spoilt, in records that were taken up before or that are new, and then mended."""
    planted = city.plant(mix)
    if seen_before:  # a record without its key cannot be told from a new one
        planted = [one for one in planted if not loses_its_key(one)]
    tables = sorted({one.fault.table for one in planted})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = folder / "sources"
        nightly = city.service(folder / "nightly", sources)
        if seen_before:
            city.write(sources, [], "mended")
            judge(nightly, tables)
        city.write(sources, planted, "spoilt")
        judge(nightly, tables)
        assert set_aside(nightly, tables) == city.aside_with(planted, tables)
        city.write(sources, planted, "removed")
        without = city.service(folder / "without", sources)
        judge(without, tables)
        assert raw(nightly, tables) == raw(without, tables)
        city.write(sources, planted, "mended")
        judge(nightly, tables)
        afresh = city.service(folder / "afresh", sources)
        judge(afresh, tables)
        assert raw(nightly, tables) == raw(afresh, tables)
        if not any(map(loses_its_key, planted)):
            assert set_aside(nightly, tables) == city.aside_with([], tables)


@given(mix=mixes, seen_before=st.booleans())
@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_faulty_rows_are_set_aside_and_leave_no_trace(city, mix, seen_before):
    assert_faults_leave_no_trace(city, mix, seen_before)


@pytest.mark.long
@given(mix=mixes, seen_before=st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_many_mixes_are_set_aside_and_leave_no_trace(city, mix, seen_before):
    assert_faults_leave_no_trace(city, mix, seen_before)
