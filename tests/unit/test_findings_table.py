"""The table of findings for the UI: every class, hypotheses by their verdict, and no silent cut."""

import pandas as pd

from rbdc.release.findings_table import findings_table


def findings(*rows):
    columns = ["subject_type", "subject", "measure", "class", "sentence_en", "figure_id"]
    return pd.DataFrame(rows, columns=columns)


def test_verdicts_come_first_and_every_class_is_counted():
    text = findings_table(
        findings(
            ("headline", "a", "index", "area_of_focus", "One is higher.", "f1"),
            ("hypothesis", "H1", "verdict", "area_of_focus", "H1 is supported.", "f2"),
            ("hypothesis", "H1", "ratio", "area_of_focus", "A row of H1.", "f3"),
            ("headline", "b", "index", "doing_well", "Two are alike.", "f4"),
        ),
        synthetic=True,
    )
    assert text.splitlines()[0].startswith("SIMULATED DATA")
    assert text.index("H1 is supported. `f2`") < text.index("One is higher. `f1`")
    assert "A row of H1." not in text
    for counted in ("Areas of focus: 2", "Doing well: 1", "Not enough data: 0"):
        assert f"**{counted}**" in text


def test_what_is_not_shown_is_counted():
    rows = [("headline", f"i{n:02}", "index", "doing_well", f"S{n}.", f"f{n}") for n in range(30)]
    text = findings_table(findings(*rows), synthetic=False)
    assert text.count("\n- S") == 25
    assert "and 5 more in `statistics.findings`" in text
    assert "SIMULATED" not in text
