"""What the engine is made of, each part wired with what it asks; nothing is opened, read or bound here."""
