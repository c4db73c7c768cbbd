"""Connects Claude Code with this app, takes that back, and looks whether it works."""
