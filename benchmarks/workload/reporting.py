"""A report, as the command writes it: reporting.py LOGS FOLDER."""

import sys

from lctrack_analysis.cli import main

if __name__ == "__main__":
    sys.exit(main([sys.argv[1], "--no-cache", "--report", sys.argv[2]]))
