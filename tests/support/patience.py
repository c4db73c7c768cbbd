"""How long a test waits for what must come. Nothing waits so long where all is well; a busy computer is no fault.

That something is quick is the bench's to measure. A test shows what it is quick by: an event, not the next look.
"""

PATIENCE_S = 20.0
PATIENCE_MS = PATIENCE_S * 1000
