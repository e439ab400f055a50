"""Work that must not be broken off, done where no signal's handler can raise.

An exception may come out of a handler between any two steps of Python's in the main thread: Ctrl-C,
or a timeout's.  Half of LLVM's work done is a lock that nobody gives back, or an object that is
freed twice, which ends the process.  So the main thread has another do it, and waits: what comes
meanwhile comes out of the waiting, and the work is finished nevertheless.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

#: What nobody has any more, and is to be freed by such work.
_dead: list[object] = []


def bury(thing: object) -> None:
    """Keep *thing* from being freed here and now: the next work apart frees it."""
    _dead.append(thing)


def free() -> None:
    """Free what was buried."""
    _dead.clear()


def apart(function: Callable[P, R]) -> Callable[P, R]:
    """*function*, done apart from the main thread."""

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        if threading.current_thread() is not threading.main_thread():
            free()
            return function(*args, **kwargs)
        results: list[R] = []
        errors: list[BaseException] = []

        def work() -> None:
            try:
                free()
                results.append(function(*args, **kwargs))
            except BaseException as error:  # it is the caller's
                errors.append(error)

        thread = threading.Thread(target=work, name=function.__name__)
        try:
            thread.start()
        except RuntimeError:  # there is no room for one
            return function(*args, **kwargs)
        thread.join()
        if errors:
            raise errors[0]
        return results[0]

    return called
