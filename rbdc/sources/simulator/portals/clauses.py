"""The small SQL that portals accept in a request: conditions and orderings, read and checked."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence

from rbdc.sources.simulator.portals.table import Condition, Field, Order

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<operator><>|!=|<=|>=|=|<|>)|(?P<word>[A-Za-z_]\w*))"
)
_ORDER = re.compile(r"(?P<field>.+?)(?:\s+(?P<direction>asc|desc))?", re.IGNORECASE)


class ClauseError(Exception):
    """A condition or an ordering that the portal refuses.

    Attributes:
        field: the field that does not exist, if that is what is wrong.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def parse_where(text: str, fields: Sequence[Field]) -> Condition:
    """Read an ArcGIS `where`: comparisons of a field with a literal, joined by `and`.

    A literal is a number, a text in single quotes, or `timestamp '…'` or `date '…'` in UTC; two
    numbers may be compared too (`1=1`), and `is null` and `is not null` are known. Field names
    match in any case.

    Raises:
        ClauseError: an unknown field, a literal of the wrong type, or another form.
    """
    tokens = _Tokens(text, {field.name.lower(): field for field in fields})
    conditions = [tokens.comparison()]
    while not tokens.at_end:
        tokens.keyword("and")
        conditions.append(tokens.comparison())
    return Condition(
        " and ".join(condition.sql for condition in conditions),
        tuple(value for condition in conditions for value in condition.parameters),
    )


def parse_order(
    text: str, fields: Mapping[str, Field], fold: Callable[[str], str] = str
) -> list[Order]:
    """Read `field [asc|desc], …`; a name may stand in double quotes.

    Args:
        text: the ordering.
        fields: the fields by their folded names.
        fold: brings a name to the form in which names are compared.

    Raises:
        ClauseError: an unknown field.
    """
    order = []
    for term in text.split(","):
        match = _ORDER.fullmatch(term.strip())
        if match is None:
            raise ClauseError("an ordering has an empty term")
        name = match["field"]
        if len(name) > 2 and name[0] == name[-1] == '"':
            name = name[1:-1]
        if fold(name) not in fields:
            raise ClauseError(f"there is no field {name}", name)
        order.append(Order(fields[fold(name)], (match["direction"] or "").lower() == "desc"))
    return order


class _Tokens:
    """The words of a condition, read from left to right."""

    def __init__(self, text: str, fields: Mapping[str, Field]) -> None:
        self._fields = fields
        self._tokens: list[tuple[str, str]] = []
        position, text = 0, text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise ClauseError(f"cannot read {text[position:].strip()!r}")
            kind = match.lastgroup or ""
            self._tokens.append((kind, match[kind]))
            position = match.end()

    @property
    def at_end(self) -> bool:
        return not self._tokens

    def keyword(self, word: str) -> None:
        kind, found = self._next()
        if kind != "word" or found.lower() != word:
            raise ClauseError(f"{word} expected, not {found}")

    def comparison(self) -> Condition:
        kind, first = self._next()
        if kind == "number":
            operator = self._operator()
            kind, second = self._next()
            if kind != "number":
                raise ClauseError(f"a number can only be compared with a number, not {second}")
            return Condition(f"? {operator} ?", (float(first), float(second)))
        if kind != "word":
            raise ClauseError(f"a field is expected, not {first}")
        field = self._fields.get(first.lower())
        if field is None:
            raise ClauseError(f"there is no field {first}", first)
        if self._tokens and self._tokens[0][1].lower() == "is":
            return self._is_null(field)
        return Condition(f"{field.sql} {self._operator()} ?", (self._literal(field),))

    def _is_null(self, field: Field) -> Condition:
        self.keyword("is")
        negated = bool(self._tokens) and self._tokens[0][1].lower() == "not"
        if negated:
            self.keyword("not")
        self.keyword("null")
        return Condition(f"{field.sql} is {'not ' if negated else ''}null")

    def _operator(self) -> str:
        kind, operator = self._next()
        if kind != "operator":
            raise ClauseError(f"a comparison is expected, not {operator}")
        return operator

    def _literal(self, field: Field) -> object:
        kind, token = self._next()
        if kind == "text" and field.type == "text":
            return _unquoted(token)
        if kind == "number" and field.type in ("integer", "number"):
            return float(token) if "." in token else int(token)
        if kind == "word" and token.lower() in ("timestamp", "date") and field.type == "date":
            kind, token = self._next()
            if kind == "text":
                return _instant(_unquoted(token))
        raise ClauseError(f"{token} does not fit the field {field.name}, which holds {field.type}")

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise ClauseError("the condition ends too early")
        return self._tokens.pop(0)


def _unquoted(token: str) -> str:
    return token[1:-1].replace("''", "'")


def _instant(text: str) -> dt.datetime:
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ClauseError(f"{text!r} is not a date or timestamp") from None
    return instant.astimezone(dt.UTC).replace(tzinfo=None) if instant.tzinfo else instant
