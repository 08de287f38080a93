"""All seeds of the grid, spread over processes that share nothing."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor

import pandas as pd

from validation.measure import Bench, Measured, measure

_AT_ONCE = 10  # seeds in one warehouse
_bench: Bench  # of a worker process


def validate(bench: Bench, seeds: int, workers: int, say: Callable[[str], None]) -> Measured:
    """Measure seeds 1, 2, … of the grid, dealt out to its points in turn.

    The result does not depend on the number of workers.

    Args:
        bench: what all seeds share.
        seeds: how many in all.
        workers: processes.
        say: takes a line for the person who waits.
    """
    done: list[Measured] = []
    finished = 0
    # A new interpreter for each: DuckDB's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_start, initargs=(bench,)) as pool:
        tasks = list(_tasks(len(bench.grid), seeds))
        for (_, own), measured in zip(tasks, pool.map(_measure, tasks), strict=True):
            done.append(measured)
            finished += len(own)
            say(f"{finished:,} of {seeds:,} seeds")
    return Measured(
        pd.concat([one.tallies for one in done], ignore_index=True),
        pd.concat([one.findings for one in done], ignore_index=True),
        pd.concat([one.sizes for one in done], ignore_index=True),
    )


def _tasks(points: int, seeds: int) -> Iterator[tuple[int, list[int]]]:
    for point in range(points):
        own = list(range(1 + point, seeds + 1, points))
        for start in range(0, len(own), _AT_ONCE):
            yield point, own[start : start + _AT_ONCE]


def _start(bench: Bench) -> None:
    global _bench
    _bench = bench


def _measure(task: tuple[int, list[int]]) -> Measured:
    return measure(_bench, *task)
