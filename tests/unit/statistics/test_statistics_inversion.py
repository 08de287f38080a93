"""The level at which an interval touches no effect, for reaches whose answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rbdc.statistics.inversion import touching_z, two_sided

pytestmark = pytest.mark.filterwarnings("error")


@given(z=st.floats(1e-6, 39), scale=st.floats(1e-12, 1e12), power=st.floats(0.3, 3))
def test_a_known_crossing_is_found(z, scale, power) -> None:
    def reach(z: np.ndarray, scale: np.ndarray) -> np.ndarray:
        return scale * z**power

    found = touching_z(np.array([scale * z**power]), reach, np.array([scale]))
    assert found == pytest.approx(np.array([z]), rel=1e-9)


def test_a_reach_that_ends_and_gaps_that_are_none() -> None:
    gap = np.array([0.0, 0.5, 0.999999, 1.5, np.nan])
    found = touching_z(gap, lambda z, size: size * -np.expm1(-z), np.ones(5))
    expected = [0, -np.log(0.5), -np.log(1e-6), np.inf, np.nan]
    assert found == pytest.approx(np.array(expected), rel=1e-8, nan_ok=True)
    assert two_sided(found)[[0, 3]].tolist() == [1, 0]
    assert len(touching_z(np.array([]), lambda z: z)) == 0


def test_a_row_does_not_depend_on_the_others() -> None:
    sizes = np.geomspace(1e-6, 1e6, 50)
    together = touching_z(np.ones(50), lambda z, size: size * z, sizes)
    alone = [touching_z(np.ones(1), lambda z, size: size * z, sizes[[row]])[0] for row in range(50)]
    np.testing.assert_array_equal(together, alone)


def test_two_sided_equals_scipy() -> None:
    z = np.array([-3.0, 0, 1.96, 8])
    assert two_sided(z) == pytest.approx(2 * stats.norm.sf(np.abs(z)))
