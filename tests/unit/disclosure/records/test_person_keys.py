"""Keys of persons: the same in each build of a release, another in every other release."""

import hashlib
import hmac

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from rbdc.disclosure.records.person_keys import person_key, person_keys
from rbdc.sources.pseudonyms import PseudonymKey

persons = st.lists(st.text(max_size=8), min_size=1, max_size=6, unique=True)
versions = st.from_regex(r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}", fullmatch=True)
secrets = st.binary(min_size=32, max_size=80)


def test_a_key_is_an_hmac_of_version_and_person():
    key = PseudonymKey("service-1", b"k" * 32)
    said = "person key of a release|5|1.0.0|P7"
    expected = hmac.new(b"k" * 32, said.encode(), hashlib.sha256).hexdigest()[:32]
    assert person_key(key, "1.0.0", "P7") == expected


@settings(max_examples=20, deadline=None)
@given(persons, versions, secrets)
def test_keys_are_the_same_in_sql_and_different_for_each_person(ids, version, secret):
    key = PseudonymKey("service-1", secret)
    ids = [one for one in ids if "\0" not in one] or ["P1"]
    found = person_keys(key, version, pd.Series(ids))
    assert found.tolist() == [person_key(key, version, one) for one in ids]
    assert found.is_unique
    text = " ".join(found)
    assert secret.hex() not in text and "service-1" not in text


@settings(max_examples=100)
@given(st.text(max_size=8), versions, versions, secrets, secrets)
def test_keys_of_two_releases_or_services_do_not_meet(person, version, other, secret, foreign):
    key = PseudonymKey("service-1", secret)
    if version != other:
        assert person_key(key, version, person) != person_key(key, other, person)
    if secret != foreign:
        strange = PseudonymKey("service-1", foreign)
        assert person_key(key, version, person) != person_key(strange, version, person)
    assert person_key(key, version, person) not in key.of(person)


def test_a_version_and_a_person_cannot_pass_for_others():
    key = PseudonymKey("service-1", b"k" * 32)
    assert person_key(key, "1.0.1", "2P") != person_key(key, "1.0.12", "P")
    assert person_key(key, "1.0.1", "|P") != person_key(key, "1.0.1|", "P")


def test_a_record_that_names_nobody_has_no_key_and_order_stays():
    key = PseudonymKey("service-1", b"k" * 32)
    ids = pd.Series(["b", None, "a", "b"], index=[7, 3, 9, 1])
    found = person_keys(key, "1.0.0", ids)
    assert found.index.tolist() == [7, 3, 9, 1]
    assert found.isna().tolist() == [False, True, False, False]
    assert found[7] == found[1] == person_key(key, "1.0.0", "b")
