"""Simulated open-data portals: a local HTTP server that behaves like ArcGIS and CKAN."""

from rbdc.sources.simulator.portals.answer import Request
from rbdc.sources.simulator.portals.faults import Fault
from rbdc.sources.simulator.portals.server import Portal
from rbdc.sources.simulator.portals.table import resource_id

__all__ = ["Fault", "Portal", "Request", "resource_id"]
