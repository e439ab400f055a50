"""``python -m roms_test.harness``: the same as ``emu test``."""

import argparse
import sys

from roms_test.harness.cli import add_arguments, main

if __name__ == "__main__":
    parser = argparse.ArgumentParser("emu test")
    add_arguments(parser)
    sys.exit(main(parser.parse_args()))
