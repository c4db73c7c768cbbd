"""Words of the owner to sessions that are done: who waits for them, and what became of them."""
