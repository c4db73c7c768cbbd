"""How an agent is connected with this app, as it is shown."""
