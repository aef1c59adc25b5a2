"""A machine of its own for each test of the command line."""

from tests.flows.conftest import core, home
from tests.store.conftest import database, database_url, empty, postgres_server

__all__ = ["core", "database", "database_url", "empty", "home", "postgres_server"]
