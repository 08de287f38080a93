"""Of which service a release is, and by what rules it is made."""

from dataclasses import dataclass

from rbdc.disclosure.known_names import KnownNames
from rbdc.disclosure.policy import Policy
from rbdc.framework.model import Framework
from rbdc.release.answers import Descriptions
from rbdc.sources.pseudonyms import PseudonymKey


@dataclass(frozen=True)
class Subject:
    """Of which service a release is, and by what it is made.

    Attributes:
        service: Its label in the data; None where one file holds many services.
        policy: What is published and hidden.
        framework: What figures mean.
        known: Names that both use.
        descriptions: Of columns of marts.
        sources: Names of the sources of the release.
        key: The service's secret, for keys of persons.
    """

    service: str | None
    policy: Policy
    framework: Framework
    known: KnownNames
    descriptions: Descriptions
    sources: tuple[str, ...]
    key: PseudonymKey | None
