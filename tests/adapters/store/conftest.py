"""The database is tested behind the services that use it: their clock and robot."""

from tests.services.conftest import clock, store, team

__all__ = ["clock", "store", "team"]
