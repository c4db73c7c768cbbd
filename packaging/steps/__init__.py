"""The steps of `packaging/build.py`, a module for each kind of package."""
