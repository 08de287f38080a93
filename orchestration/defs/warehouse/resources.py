"""The hold on a service's state folder that one run has at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from orchestration.service import Service


def build_state_lock(service: Service) -> dg.ResourceDefinition:
    """A resource that holds the service's lock while a run's process lives."""

    @dg.resource(description="One run at a time on a service's state folder.")
    @contextmanager
    def state_lock(context: dg.InitResourceContext) -> Iterator[None]:
        with service.state.lock(f"run {context.run_id}"):
            yield

    return state_lock
