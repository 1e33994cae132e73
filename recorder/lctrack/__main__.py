"""Runs the command: `python -m lctrack`."""

import sys

from lctrack.command.cli import main

if __name__ == "__main__":
    sys.exit(main())
