"""Takes out of a text what looks secret."""
