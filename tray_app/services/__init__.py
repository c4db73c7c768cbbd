"""Use cases: the order of steps. Services speak only to the ports declared in `ports.py`."""
