"""The robots page."""
