"""Hearing people through a chat service: its frames as values, the life of the connection, how it stands."""
