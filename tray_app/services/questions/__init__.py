"""Questions that agents ask in the terminal: who waits, and who answers first."""
