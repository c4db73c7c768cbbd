"""What the owner's phone is told of what waits, and how what is written there is read."""
