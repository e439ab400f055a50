"""What is done in the background: a test that looks at what it does to others waits for it."""

from __future__ import annotations

import sys
import threading

#: Seconds: a thread that does not end by then hangs.
PATIENCE = 300.0


def settle() -> None:
    """Wait until nothing is compiled, or written to the cache, any more.

    Nothing is imported for it: a test that compiles nothing waits for nothing.
    """
    interp = sys.modules.get("jit.interpreter.engine")
    for interpreter in list(interp._unimproved) if interp is not None else ():
        interpreter.wait()
    morph = sys.modules.get("jit.tiers.translation")
    if morph is None or morph.worker._thread is None:
        return
    for _ in range(2):  # a look at a machine asks for another once more when its run has ended
        done = threading.Event()
        morph.Worker.ask(morph.worker, done.set)  # whatever the test has put in its place
        assert done.wait(PATIENCE), "the thread that translates hangs"
