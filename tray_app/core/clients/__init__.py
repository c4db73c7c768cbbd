"""Programs that may call."""
