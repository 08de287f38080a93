"""A simulated police service: its source systems, made from a readable configuration and a seed."""

from rbdc.sources.simulator.demo_key import write_demo_key
from rbdc.sources.simulator.generate import SimulationReport, advance, generate

__all__ = ["SimulationReport", "advance", "generate", "write_demo_key"]
