"""What agents write: texts with secrets in them, and texts that only look so. All made at run time, none is real."""
