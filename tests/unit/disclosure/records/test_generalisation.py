"""Records after generalisation: anonymous by an independent count, and no coarser than needed."""

from collections import Counter
from fractions import Fraction
from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbdc.disclosure.policy_records import QuasiIdentifier, Records
from rbdc.disclosure.records.generalisation import (
    PolicyCannotBeMetError,
    generalise,
    released_records,
)
from rbdc.disclosure.records.hierarchy import DROPPED, code_at, precision_lost
from rbdc.errors import ConfigError
from rbdc.sources.pseudonyms import PseudonymKey

KEY = PseudonymKey("test", b"s" * 32)
RACE = QuasiIdentifier(column="race_group", weight=3, steps=({"B or C": ("B", "C")}, "drop"))
GENDER = QuasiIdentifier(column="gender", steps=("drop",))
AGE = QuasiIdentifier(
    column="age_group",
    steps=({"young": ("1", "2"), "old": ("3", "4")}, {"any": ("young", "old")}, "drop"),
)
COLUMNS = (RACE, GENDER, AGE)

rows = st.lists(
    st.tuples(
        st.sampled_from("ABC"),
        st.sampled_from(["F", "M", None]),
        st.sampled_from("1234"),
        st.booleans(),
        st.sampled_from(["p", "q", "r", "s", None]),
    ),
    min_size=1,
    max_size=40,
)
NAMES = ["race_group", "gender", "age_group", "strip_search", "person"]


def table(records):
    return pd.DataFrame(records, columns=NAMES).astype({"strip_search": bool})


def dropped_by_hand(records, levels, k, l_asked, flags, people):
    """Records to leave out, counted in another way than the product does."""
    coarse = [
        tuple(code_at(c, level, v) for c, level, v in zip(COLUMNS, levels, record, strict=False))
        for record in records
    ]
    seen = [(one, record[3]) if flags else one for one, record in zip(coarse, records, strict=True)]
    crowd = {
        group: {
            record[4] if people and record[4] else number
            for number, record in enumerate(records)
            if seen[number] == group
        }
        for group in set(seen)
    }
    stays = [len(crowd[group]) >= k for group in seen]
    outcomes = {
        group: {
            record[3]
            for record, one, stay in zip(records, coarse, stays, strict=True)
            if one == group and stay
        }
        for group in set(coarse)
    }
    return sum(
        not stay or len(outcomes[one]) < l_asked for one, stay in zip(coarse, stays, strict=True)
    )


@settings(max_examples=40, deadline=None)
@given(
    rows,
    st.integers(2, 5),
    st.integers(1, 2),
    st.sampled_from([0.0, 0.1, 0.3]),
    st.booleans(),
    st.booleans(),
)
def test_the_result_is_anonymous_and_the_best_of_all_combinations(
    records, k, l_asked, share, flags, people
):
    enough = {
        levels
        for levels in product(range(3), range(2), range(4))
        if dropped_by_hand(records, levels, k, l_asked, flags, people) <= share * len(records)
    }
    arguments = (table(records), COLUMNS, k, l_asked, ("strip_search",), share)
    options = {"k_counts_sensitive": flags, "person": "person" if people else None}
    if not enough:
        with pytest.raises(PolicyCannotBeMetError):
            generalise(*arguments, **options)
        return
    found = generalise(*arguments, **options)
    levels = tuple(found.levels.values())
    assert levels in enough
    assert precision_lost(COLUMNS, levels) == min(precision_lost(COLUMNS, one) for one in enough)
    assert found.dropped == dropped_by_hand(records, levels, k, l_asked, flags, people)
    assert len(found.frame) + found.dropped == len(records)
    by = [name for name in found.frame if name != "strip_search"]
    seen = [*by, "strip_search"] if flags else by
    groups = Counter(map(tuple, found.frame[seen].astype(str).to_numpy()))
    assert min(groups.values(), default=k) >= k
    if len(found.frame):
        assert found.k >= k
        values = found.frame.groupby(by, dropna=False)["strip_search"].nunique() if by else None
        least = found.frame["strip_search"].nunique() if values is None else values.min()
        assert found.l == least >= l_asked
    if not people:
        assert found.k == min(groups.values(), default=None)


def test_what_weighs_less_is_made_coarser_first():
    records = [("A", "F", "1", False, None)] * 5 + [("B", "M", "1", False, None)] * 5
    records += [("B", "F", "1", False, None)]
    found = generalise(table(records), COLUMNS, 5)
    assert found.levels == {"race_group": 0, "gender": 1, "age_group": 0}
    assert found.steps == {"race_group": "", "gender": "drop", "age_group": ""}
    assert list(found.frame.columns) == ["race_group", "age_group"]
    assert found.precision_lost == pytest.approx(1 / 5)
    assert (found.before.smallest, found.after.smallest) == (1, 5)


def test_steps_that_policy_wants_are_taken_though_nobody_needs_them():
    records = [("A", "F", "1", False, None)] * 5 + [("A", "F", "2", False, None)] * 5
    age = AGE.model_copy(update={"at_least": 1})
    found = generalise(table(records), (RACE, GENDER, age), 5)
    assert found.levels["age_group"] == 1
    assert set(found.frame["age_group"]) == {"young"}
    assert found.codes == {"age_group": {"young": ("1", "2")}}


def test_of_equal_losses_the_smaller_groups_are_taken():
    columns = (
        QuasiIdentifier(column="gender", steps=("drop",)),
        QuasiIdentifier(column="division", steps=("drop",)),
    )
    rows = [("F", "1")] * 6 + [("M", "2")] * 6 + [("F", "3")] * 4 + [("M", "3")] * 2
    frame = pd.DataFrame(rows, columns=["gender", "division"])
    # Without gender groups are 6, 6, 6; without division 10 and 8.
    assert generalise(frame, columns, 5).levels == {"gender": 1, "division": 0}


def test_records_of_one_person_are_no_crowd():
    records = [("A", "F", "1", False, "p")] * 9 + [("A", "M", "1", False, None)] * 9
    frame = table(records)
    assert generalise(frame, COLUMNS, 5).levels["gender"] == 0
    found = generalise(frame, COLUMNS, 5, person="person")
    assert (found.levels["gender"], found.k) == (1, 10)


def test_with_a_key_people_must_share_all_their_records():
    frame = pd.DataFrame(
        {
            "race_group": ["A"] * 10 + ["B"] * 5,
            "gender": "F",
            "age_group": "1",
            "person": [*"abcde", *"fghij", *"abcde"],
        }
    )
    frame["key"] = frame["person"].str.upper()
    found = generalise(frame, COLUMNS, 5, person="person", key="key")
    assert (found.levels["race_group"], found.k) == (0, 5)
    # One person more in B, who is like nobody else by all records together.
    more = pd.concat([frame, frame.iloc[[5]].assign(race_group="B")], ignore_index=True)
    assert generalise(more, COLUMNS, 5, person="person").levels["race_group"] == 0
    with pytest.raises(PolicyCannotBeMetError, match="person_key: false"):
        generalise(more, COLUMNS, 5, person="person", key="key")


def test_what_cannot_be_met_is_refused_with_the_choices():
    frame = table([("A", "F", "1", True, None)] * 3)
    with pytest.raises(PolicyCannotBeMetError) as error:
        generalise(frame, (RACE, GENDER.model_copy(update={"steps": ()})), 5, 1, ("strip_search",))
    message = str(error.value)
    assert "3 of 3 records are still among too few" in message
    for choice in ("steps of gender", "suppress_at_most", "strip_search out", "release: false"):
        assert choice in message


def test_records_that_are_left_out_are_told():
    records = [("A", "F", "1", False, None)] * 99 + [("B", "F", "1", False, None)]
    found = generalise(table(records), COLUMNS, 5, suppress_at_most=0.01)
    assert (found.dropped, found.levels["race_group"]) == (1, 0)
    assert "1 of 100 records are left out" in found.note
    assert "lower than those of tables" in found.note


@settings(max_examples=12, deadline=None)
@given(rows.filter(lambda records: len(records) > 1), st.randoms(use_true_random=False))
def test_the_file_does_not_tell_in_which_order_records_came(records, random):
    shuffled = list(records)
    random.shuffle(shuffled)
    one, other = (
        generalise(table(some), COLUMNS, 2, sensitive=("strip_search",), k_counts_sensitive=False)
        for some in (records, shuffled)
    )
    pd.testing.assert_frame_equal(one.frame, other.frame)


@pytest.mark.parametrize(
    ("column", "steps", "expected"),
    [
        ("month", ("quarter", "year", "drop"), ["2021-11", "2021-Q4", "2021", DROPPED]),
        ("month", ("year",), ["2021-11", "2021"]),
        ("quarter", ("year",), ["2021-Q4", "2021"]),
    ],
)
def test_periods_become_longer(column, steps, expected):
    one = QuasiIdentifier(column=column, steps=steps)
    start = expected[0]
    assert [code_at(one, level, start) for level in range(len(steps) + 1)] == expected


def test_a_code_that_no_step_names_stays_until_the_column_is_dropped():
    assert [code_at(AGE, level, "Unknown") for level in range(4)] == [*["Unknown"] * 3, DROPPED]
    assert [code_at(AGE, level, None) for level in range(4)] == [None, None, None, DROPPED]


def test_loss_is_weighted_and_runs_from_nothing_to_everything():
    assert precision_lost(COLUMNS, (0, 0, 0)) == 0
    assert precision_lost(COLUMNS, (2, 1, 3)) == 1
    assert precision_lost(COLUMNS, (1, 0, 1)) == Fraction(3 * 1, 5 * 2) + Fraction(1, 5 * 3)
    assert precision_lost((GENDER.model_copy(update={"steps": ()}),), (0,)) == 0


def test_released_records_carry_keys_only_where_policy_says_so():
    records = [("A", "F", "1", False, person) for person in "abcdefgh"]
    columns = COLUMNS
    policy = Records(release=True, columns=columns, k=5)
    plain = released_records(table(records), policy, "person", None, "1.0.0")
    assert "person_key" not in plain.frame and "person" not in plain.frame
    with_key = policy.model_copy(update={"person_key": True})
    with pytest.raises(ConfigError, match="set RBDC_PSEUDONYM_KEY, or say false"):
        released_records(table(records), with_key, "person", None, "1.0.0")
    one, again, next_ = (
        released_records(table(records), with_key, "person", KEY, version).frame
        for version in ("1.0.0", "1.0.0", "1.0.1")
    )
    pd.testing.assert_frame_equal(one, again)
    assert one["person_key"].is_unique and not set(one["person_key"]) & set(next_["person_key"])


def test_no_records_are_anonymous():
    found = generalise(table([]), COLUMNS, 5, 2, ("strip_search",))
    assert (len(found.frame), found.k, found.l, found.dropped) == (0, None, None, 0)
