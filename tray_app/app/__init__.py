"""The composition root: wires every part, starts and stops them in order. Nothing below knows it."""
