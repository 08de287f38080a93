"""How two release folders differ, file by file, and in tables by row and column."""

import csv
from itertools import zip_longest
from pathlib import Path

_SHOWN = 60  # characters of a value that a message shows


def differences(recorded: Path, rebuilt: Path) -> list[str]:
    """What differs between a release and the one built again, a line for each file.

    Args:
        recorded: folder of the release.
        rebuilt: folder of the one that was built again.
    """
    ours, theirs = _files(recorded), _files(rebuilt)
    found = []
    for path in sorted(ours | theirs):
        if path not in theirs:
            found.append(f"{path}: missing from what was built again")
        elif path not in ours:
            found.append(f"{path}: additional in what was built again")
        elif (recorded / path).read_bytes() != (rebuilt / path).read_bytes():
            found.append(f"{path}: {_difference(recorded / path, rebuilt / path)}")
    return found


def count_files(folder: Path) -> int:
    """Number of files of a release folder."""
    return len(_files(folder))


def _files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}


def _difference(ours: Path, theirs: Path) -> str:
    if ours.suffix == ".parquet":
        return _of_parquet(ours, theirs)
    try:
        if ours.suffix == ".csv":
            return _of_csv(ours, theirs)
        texts = [path.read_text(encoding="utf-8").splitlines() for path in (ours, theirs)]
    except (UnicodeDecodeError, csv.Error):
        return "other bytes, and no readable text"
    for number, (one, other) in enumerate(zip_longest(*texts), 1):
        if one != other:
            return f"line {number} is {_shown(one)}, built again {_shown(other)}"
    return "the same lines, other line ends"


def _of_csv(ours: Path, theirs: Path) -> str:
    with (
        ours.open(encoding="utf-8", newline="") as one,
        theirs.open(encoding="utf-8", newline="") as other,
    ):
        rows, again = csv.reader(one), csv.reader(other)
        head, head_again = next(rows, []), next(again, [])
        if head != head_again:
            return f"its columns are {', '.join(head)}; built again {', '.join(head_again)}"
        for number, (row, made) in enumerate(zip_longest(rows, again), 1):
            if row is None or made is None:
                which = "is not in the release" if row is None else "is not built again"
                return f"row {number} {which}"
            for place, (value, built) in enumerate(zip_longest(row, made)):
                if value != built:
                    name = head[place] if place < len(head) else f"number {place + 1}"
                    return (
                        f"row {number}, column {name} is {_shown(value)}, "
                        f"built again {_shown(built)}"
                    )
    return "the same values, written differently"


def _of_parquet(ours: Path, theirs: Path) -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        same = pq.read_table(ours).equals(pq.read_table(theirs))
    except (OSError, pa.ArrowException):
        return "other bytes, and not readable as Parquet"
    return "the same values, written differently" if same else "other values"


def _shown(value: str | None) -> str:
    if value is None:
        return "absent"
    return f"'{value if len(value) <= _SHOWN else value[:_SHOWN] + '…'}'"
