"""Knows the robots and sets them up."""
