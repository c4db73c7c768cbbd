"""`python dev.py bench`: the figures of the README and CHANGELOG, measured by anyone on their own machine."""
