"""How a command reaches the running app, or starts it."""
