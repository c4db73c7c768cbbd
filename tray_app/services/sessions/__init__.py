"""Follows the sessions of coding agents."""
