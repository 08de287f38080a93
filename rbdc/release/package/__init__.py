"""The versioned release folder: data files, their metadata in every format, and what changed."""

from rbdc.release.package.checksums import verify
from rbdc.release.package.write import Plan, plan, predecessor, write_package

__all__ = ["Plan", "plan", "predecessor", "verify", "write_package"]
