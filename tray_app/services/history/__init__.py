"""Kept messages, looked at and sent again."""
