"""A second kind of coding agent: the agent, the table with its entry, its stand-in client, and the test."""
