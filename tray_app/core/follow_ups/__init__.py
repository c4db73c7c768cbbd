"""The owner's own words to a session that is done, and the hook of that session which waits for them."""
