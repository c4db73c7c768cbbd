"""`python dev.py soak`: the whole app under everything at once, for as long as wanted."""
