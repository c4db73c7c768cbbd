"""One message on its way: its stages, attempts, digests, the pause, and what is told of it."""
