"""What a release is to be: the policy of a service, and what is asked for beyond it."""

from dataclasses import dataclass
from pathlib import Path

from orchestration.service import Service
from rbdc.disclosure.policy import Policy, load_policy


@dataclass(frozen=True)
class Wish:
    """What is asked of a release beyond its policy.

    Attributes:
        until: nothing after this quarter or year.
        previous: a release folder to follow, instead of the last approved one.
        again: a release folder that is built again: the commit that it names and its pattern are
            taken over.
    """

    until: str | None = None
    previous: Path | None = None
    again: Path | None = None


def policy_of(service: Service) -> Policy | None:
    """The disclosure policy of a service; None if it has none and releases nothing.

    Raises:
        ConfigError: it is wrong.
    """
    if not (service.settings.service_dir / "disclosure.yml").exists():
        return None
    return load_policy(service.settings.service_dir, service.framework())
