"""`python -m lctrack_uploaders` is `lctrack-upload`."""

import sys

from lctrack_uploaders.cli import main

sys.exit(main())
