"""Errors that a user can cause and mend; each is one plain sentence, shown without a traceback."""


class RbdcError(Exception):
    """A problem with a plain explanation: what is wrong, where, and what to do next."""


class ConfigError(RbdcError):
    """A configuration file of a service is wrong; the message names file and line."""


class SourceError(RbdcError):
    """A source did not deliver what `sources.yml` declares (missing, empty, renamed, garbled)."""


class BusyError(RbdcError):
    """Another process is using the service's state folder."""
