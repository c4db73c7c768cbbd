"""How the records of an agent add up to a session's figures."""
