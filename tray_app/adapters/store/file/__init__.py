"""The database file: opened, brought up to date, kept whole, written back, and read beside the loop."""
