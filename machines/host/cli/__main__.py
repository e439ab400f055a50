"""``python -m machines.host.cli`` is ``emu``."""

import sys

from machines.host.cli import main

sys.exit(main())
