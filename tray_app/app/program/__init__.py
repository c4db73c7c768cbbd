"""The program on the disk: how others start it, and whether a newer one lies in its place."""
