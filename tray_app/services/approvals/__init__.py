"""Calls that wait for the owner, and what is done once they may."""
