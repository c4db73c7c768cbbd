"""Tells people by themselves what they want to know."""
