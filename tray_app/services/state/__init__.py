"""Publishes one snapshot of everything."""
