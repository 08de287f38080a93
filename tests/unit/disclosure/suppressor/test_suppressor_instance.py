"""Files of problems from the command line: results, comparison, and clear refusals."""

import json

import pytest

from rbdc.disclosure.instance import main, read_instance


def cell(number, value, status, **more):
    return {"id": number, "value": value, "status": status} | more


def data(**more):
    """A row of a table, with an optimum of 2 + 5."""
    cells = [cell(10, 2, "u", lpl=1, upl=1), cell(11, 5, "s"), cell(12, 8, "s"), cell(13, 15, "z")]
    relations = [{"rhs": 0, "terms": [[10, 1], [11, 1], [12, 1], [13, -1]]}]
    return {"cells": cells, "relations": relations} | more


def stated(optimum, interval):
    return {"lib": {"optimal_cost_all_suppressed": optimum},
            "lib_audit": {"10": interval, "11": [0, 7]}}  # fmt: skip


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "one.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_a_problem_is_solved_and_compared(file, capsys):
    path = file(data(computed_by_named_library=stated(7, [0, 7])))
    assert main([str(path), "--audit"]) == 0
    shown = capsys.readouterr().out
    assert "cost 7, bound 7: optimal; 1 secondaries" in shown
    assert "stated optimum 7: the same" in shown
    assert "10 cell 10 = 2: [0, 7]  as stated" in shown


@pytest.mark.parametrize("wrong", [stated(6, [0, 7]), stated(7, [0, 6])])
def test_what_differs_is_said(file, capsys, wrong):
    assert main([str(file(data(computed_by_named_library=wrong))), "--audit"]) == 1
    assert "DIFFERS" in capsys.readouterr().out


def test_what_cannot_be_protected_is_said(file, capsys):
    content = data()
    for one in content["cells"][1:]:
        one["status"] = "z"
    assert main([str(file(content))]) == 1
    assert "cell 10" in capsys.readouterr().out


def test_primaries_without_levels_must_not_come_out_exactly(file):
    content = data()
    del content["cells"][0]["lpl"], content["cells"][0]["upl"]
    assert read_instance(file(content)).problem.apart[0] == 1


def test_coefficients_constants_and_negative_values(file, capsys):
    cells = [cell(0, -3, "u", lb=-10, ub=10, lpl=2, upl=2), cell(1, 4, "s", cost=9, ub=100),
             cell(2, 6, "s", cost=2, lb=0, ub=100), cell(3, 1, "x", lb=1, ub=1)]  # fmt: skip
    relations = [{"rhs": 12, "terms": [[0, 2], [1, 3], [2, 1], [3, 0.0]]}]
    assert main([str(file({"cells": cells, "relations": relations})), "--audit"]) == 0
    shown = capsys.readouterr().out
    assert "cost 5, bound 5: optimal" in shown
    assert "0 cell 0 = -3: [-10, 0]" in shown


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.pop("cells"), "no suppression problem"),
        (lambda d: d.pop("relations"), "`relations` must be a list"),
        (lambda d: d["cells"][0].update(status="q"), "status"),
        (lambda d: d["cells"][0].update(status="us"), "status"),
        (lambda d: d["cells"][0].update(value="two"), "value of cell 10 must be a number"),
        (lambda d: d["cells"][0].update(value=None), "value of cell 10"),
        (lambda d: d["cells"][0].update(value=3), "relation 0 does not hold"),
        (lambda d: d["cells"][0].update(id=11), "twice"),
        (lambda d: d["cells"][0].update(id="a"), "whole number as `id`"),
        (lambda d: d["cells"][0].update(lb=3), "outside lb 3"),
        (lambda d: d["cells"][0].update(lpl=-1), "negative lpl"),
        (lambda d: d["relations"][0]["terms"].append([99, 1]), "names the cell 99"),
        (lambda d: d["relations"][0].update(terms=[[10]]), "needs `terms`"),
        (lambda d: d["relations"][0].update(rhs="x"), "rhs"),
        (lambda d: d.update(given_suppressed=[99]), "given_suppressed"),
        (lambda d: d.update(computed_by_named_library={"a_audit": {"99": [0, 1]}}), "a_audit"),
        (lambda d: d.update(cells=[]), "at least one"),
    ],
)
def test_wrong_files_are_refused_in_a_sentence(file, capsys, change, said):
    content = data()
    change(content)
    assert main([str(file(content))]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "one.json" in error


@pytest.mark.parametrize(
    ("content", "said"), [("{", "is not JSON"), ("[]", "no suppression problem"), ("1", "no supp")]
)
def test_what_is_no_problem_is_refused(file, capsys, content, said):
    assert main([str(file(content))]) == 2
    assert said in capsys.readouterr().err


def test_a_missing_file_is_named_and_the_others_are_solved(file, tmp_path, capsys):
    assert main([str(tmp_path / "none.json"), str(file(data()))]) == 2
    shown = capsys.readouterr()
    assert "none.json: cannot be read" in shown.err
    assert "cost 7" in shown.out
