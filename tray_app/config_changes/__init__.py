"""Changes to files that agents' clients keep: shown first, all or nothing, and taken back byte for byte."""
