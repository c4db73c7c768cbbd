"""The policy as its file spells it: read with every fault at its place, written, edited."""
