"""What a finished session or task is told as."""
