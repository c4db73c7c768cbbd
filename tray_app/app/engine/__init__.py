"""The background loop: all its parts, started and stopped in order, with or without an endpoint."""
