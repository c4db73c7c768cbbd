"""Hearing people: the connection to an app robot's service, kept up, and each message handed on once."""
