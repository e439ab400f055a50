"""``python -m roms_test.harness``: the same as ``emu test``."""

import sys

from machines.host.cli import main

if __name__ == "__main__":
    sys.exit(main(["test", *sys.argv[1:]]))
