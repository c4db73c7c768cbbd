"""How long a test waits for what must come. Nothing waits so long where all is well; a busy computer is no fault.

That something is quick is the bench's to measure. A test shows what it is quick by: an event, not the next look.
Under Wine a start takes ten times as long as on Linux: there each wait of this length, and of a multiple, is longer.
"""

from tests.support.system import ON_WINE

PATIENCE_S = 60.0 if ON_WINE else 20.0
PATIENCE_MS = PATIENCE_S * 1000
