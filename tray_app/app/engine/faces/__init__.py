"""What answers at the endpoint: agents' calls, commands, pages, hooks."""
