"""Which module pulls from which kind of source system."""

from collections.abc import Callable

from rbdc.sources.attached_database import pull_postgres, pull_sqlite
from rbdc.sources.batch import Pull, Request
from rbdc.sources.csv_file import pull as pull_csv


def _pull_sqlalchemy(request: Request) -> Pull:
    from rbdc.sources.sqlalchemy_database import pull_sqlalchemy  # takes a second to import

    return pull_sqlalchemy(request)


def _pull_arcgis(request: Request) -> Pull:
    from rbdc.sources.arcgis import pull  # HTTP is loaded only where it is used

    return pull(request)


def _pull_ckan(request: Request) -> Pull:
    from rbdc.sources.ckan import pull

    return pull(request)


CONNECTORS: dict[str, Callable[[Request], Pull]] = {
    "csv": pull_csv,
    "sqlite": pull_sqlite,
    "postgres": pull_postgres,
    "sqlalchemy": _pull_sqlalchemy,
    "arcgis": _pull_arcgis,
    "ckan": _pull_ckan,
}
