"""Whether a pattern can match what an argument may hold: proved, or not said."""
