"""What is made of the measurements: ratios, and the limits that they are held against."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Sizes = Mapping[int, Mapping[str, Any]]
PROMISED_SIZES = (1_000_000, 10_000_000)


@dataclass(frozen=True)
class Ratio:
    """A ratio of two measurements of one run, or the reason why there is none."""

    value: float | None
    why_not: str = ""

    def __str__(self) -> str:
        """As it is printed."""
        return f"{self.value:.2f}" if self.value is not None else f"none: {self.why_not}"


@dataclass(frozen=True)
class Judged:
    """A limit of the project and what was measured; `met` is None where nothing was."""

    promise: str
    limit: str
    measured: str
    met: bool | None


def ratio(run: Mapping[str, Any], one: str, other: str, *, truth: str | None = None) -> Ratio:
    """Wall time of one contestant over that of another.

    Args:
        run: the measurements at one size.
        one: name of the contestant above.
        other: name of the contestant below.
        truth: the comparison of marts that must have found none differing.
    """
    contestants = run["contestants"]
    for name in (one, other):
        if "wall_seconds" not in contestants.get(name, {}):
            return Ratio(None, f"{name} {'failed' if name in contestants else 'was not measured'}")
    if truth is not None:
        differing = run["truth"]["differing"].get(truth)
        if differing is None:
            return Ratio(None, "the marts were not compared")
        if differing:
            return Ratio(None, f"the marts differ ({', '.join(differing)})")
    return Ratio(contestants[one]["wall_seconds"] / contestants[other]["wall_seconds"])


def to_floor(run: Mapping[str, Any]) -> Ratio:
    """Full refresh over the floor."""
    return ratio(run, "full_refresh", "floor", truth="floor")


def to_analyst(run: Mapping[str, Any]) -> Ratio:
    """Full refresh over the pandas script."""
    return ratio(run, "full_refresh", "analyst", truth="analyst")


def to_startup(run: Mapping[str, Any]) -> Ratio:
    """No-change refresh over the start-up floor."""
    return ratio(run, "no_change", "startup", truth="no_change")


def increment_to_full(run: Mapping[str, Any]) -> Ratio:
    """Refresh of an increment over the full refresh."""
    return ratio(run, "increment", "full_refresh", truth="increment")


def increment_to_floor(run: Mapping[str, Any]) -> Ratio:
    """Refresh of an increment over the floor that reads everything again."""
    return ratio(run, "increment", "floor_after_increment", truth="increment")


def judged(sizes: Sizes) -> list[Judged]:
    """Each limit of the project beside what was measured."""
    small, large = PROMISED_SIZES
    return [
        _of_one(
            sizes, small, "Simulator, 1M enforcement actions", "under 60 s",
            lambda run: run["generation"]["wall_seconds"], "{:.0f} s", lambda v: v < 60,
        ),
        _generation_memory(sizes),
        _of_ratio(sizes, large, "Full refresh ÷ floor, 10M", 3, to_floor),
        _of_one(
            sizes, large, "Peak memory of a full refresh, 10M", "6 GB or less",
            lambda run: run["contestants"]["full_refresh"].get("peak_bytes"), "{:.2f} GB",
            lambda v: v <= 6, scale=1e9,
        ),
        _of_ratio(sizes, large, "Full refresh ÷ pandas script, 10M", 1, to_analyst),
        *(
            _of_ratio(sizes, size, f"No-change refresh ÷ start-up, {size // 10**6}M", 1.5,
                      to_startup)
            for size in PROMISED_SIZES
        ),
    ]  # fmt: skip


def _of_one(
    sizes: Sizes,
    size: int,
    promise: str,
    limit: str,
    value_of: Callable[[Mapping[str, Any]], float | None],
    form: str,
    holds: Callable[[float], bool],
    scale: float = 1,
) -> Judged:
    value = value_of(sizes[size]) if size in sizes else None
    if value is None:
        return Judged(promise, limit, "not measured", None)
    return Judged(promise, limit, form.format(value / scale), holds(value / scale))


def _of_ratio(
    sizes: Sizes, size: int, promise: str, limit: float, ratio_of: Callable[..., Ratio]
) -> Judged:
    if size not in sizes:
        return Judged(promise, f"{limit:g} or less", "not measured", None)
    found = ratio_of(sizes[size])
    met = None if found.value is None else found.value <= limit
    return Judged(promise, f"{limit:g} or less", str(found), met)


def _generation_memory(sizes: Sizes) -> Judged:
    promise, limit = "Simulator, peak memory at 10M ÷ at 1M", "1.10 or less"
    if not set(PROMISED_SIZES) <= set(sizes):
        return Judged(promise, limit, "not measured", None)
    small, large = (sizes[size]["generation"]["peak_bytes"] for size in PROMISED_SIZES)
    return Judged(promise, limit, f"{large / small:.2f}", large / small <= 1.1)
