"""Rows of a form with a hundred questions, kept small: an answer is a position in its question."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Texts = npt.NDArray[np.object_]
Positions = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Sheet:
    """Rows of one form, column by column.

    `texts` holds columns as they are written, `answers` the others, each row by the position of
    its answer in `choices`.
    """

    texts: dict[str, Texts]
    answers: dict[str, Positions]
    choices: dict[str, Texts]

    def __len__(self) -> int:
        """The number of rows."""
        return len(next(iter(self.texts.values())))

    def column(self, name: str) -> Texts:
        """One column as it is written."""
        if name in self.texts:
            return self.texts[name]
        return np.asarray(self.choices[name][self.answers[name]], dtype=object)

    def is_any_of(self, name: str, values: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Rows in which a column has one of some values."""
        if name in self.texts:
            found = np.logical_or.reduce([self.texts[name] == value for value in values])
        else:
            wanted = [n for n, one in enumerate(self.choices[name]) if one in values]
            found = np.isin(self.answers[name], wanted)
        return np.asarray(found, dtype=bool)

    def take(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp] | slice) -> "Sheet":
        """Some of the rows, in the order given."""
        return Sheet(
            {name: column[rows] for name, column in self.texts.items()},
            {name: column[rows] for name, column in self.answers.items()},
            self.choices,
        )

    def rows(self, columns: Iterable[str]) -> Iterator[tuple[object, ...]]:
        """Every row as it is written."""
        return zip(*(self.column(name) for name in columns), strict=True)


def below(sheets: Sequence[Sheet]) -> Sheet:
    """Sheets of the same form, one below the other."""
    first = sheets[0]
    return Sheet(
        {name: np.concatenate([one.texts[name] for one in sheets]) for name in first.texts},
        {name: np.concatenate([one.answers[name] for one in sheets]) for name in first.answers},
        first.choices,
    )
