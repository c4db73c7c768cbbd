"""Brings accepted messages to their robots."""
