"""`python -m tray_app` is the command line."""

import sys

from tray_app.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
