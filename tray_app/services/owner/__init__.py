"""What the owner does: pause, test, discard, allow, deny."""
