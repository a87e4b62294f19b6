"""`python -m inspector`."""

import os
import sys

if sys.path and sys.path[0] in ("", os.getcwd()):
    # Python looks here first, so that a file called like one of its own modules would be run: also
    # a `code.py` that was only to be read.
    del sys.path[0]

from inspector.cli import main

if __name__ == "__main__":
    sys.exit(main())
