"""The owner's settings: their values, their file, their form."""
