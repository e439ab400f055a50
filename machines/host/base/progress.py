"""A line on standard error while something takes long: compiling, or many frames.

On a terminal it lives and goes away again; elsewhere it is one plain line.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator

from emucore.base.errors import plain

#: Seconds before anything is said.
PATIENCE = 1.0


@contextlib.contextmanager
def progress(text: Callable[[], str]) -> Iterator[None]:
    """While the block runs longer than :data:`PATIENCE`, show what *text* gives."""
    done = threading.Event()
    thread = threading.Thread(target=_show, args=(text, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _show(text: Callable[[], str], done: threading.Event) -> None:
    if done.wait(PATIENCE):
        return
    if not sys.stderr.isatty():
        with contextlib.suppress(OSError):  # nobody reads it
            print(f"emu: {plain(text())}", file=sys.stderr, flush=True)
        return
    from rich.console import Console
    from rich.status import Status

    with Status(text(), console=Console(stderr=True)) as status:
        while not done.wait(0.2):
            status.update(text())
