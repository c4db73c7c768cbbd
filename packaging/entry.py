"""Where a frozen build begins."""

import sys

from tray_app.__main__ import main

sys.exit(main())
