"""The program ``emu``: the first thing it does is to be ready to end."""

import os
import signal


def main() -> int:
    """Run ``emu``; Ctrl-C ends it quietly whatever is being imported, and at the very end."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda number, frame: os._exit(128 + number))
    from machines.host.cli import main

    return main()
