"""``python -m autowrx_server.hub``."""

import sys

from .app import main

sys.exit(main())
