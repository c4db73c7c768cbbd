"""How well the tests know the modules that decide: `python dev.py mutate [MODULE...]`, on demand only."""
