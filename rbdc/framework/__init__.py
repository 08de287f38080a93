"""A service's analysis framework: what is compared with what, fixed before results are computed."""

from rbdc.framework.model import Framework, load_framework
from rbdc.framework.tables import framework_tables

__all__ = ["Framework", "framework_tables", "load_framework"]
