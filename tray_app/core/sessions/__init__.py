"""A coding agent's sessions: what they do now, and what they came to."""
