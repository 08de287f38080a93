"""Errors that a user can cause and mend; each is one plain sentence, shown without a traceback."""

from collections.abc import Iterable


class RbdcError(Exception):
    """A problem with a plain explanation: what is wrong, where, and what to do next."""


class ConfigError(RbdcError):
    """A configuration file of a service is wrong; the message names file and line."""


class SourceError(RbdcError):
    """A source did not deliver what `sources.yml` declares (missing, empty, renamed, garbled).

    `columns` are those that it has, where the trouble is with them.
    """

    def __init__(self, message: str, columns: Iterable[str] = ()) -> None:
        """Take the sentence that the user reads."""
        super().__init__(message)
        self.columns = tuple(columns)


class BusyError(RbdcError):
    """Another process is using the service's state folder."""


class PolicyCannotBeMetError(RbdcError):
    """What a disclosure policy asks for cannot be had with this data; the choices are named."""
