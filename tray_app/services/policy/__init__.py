"""Asks the owner's policy about each call, and counts."""
