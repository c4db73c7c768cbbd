"""Robots and the secrets that reach them."""
