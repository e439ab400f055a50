"""Forks of the process: a child works as its parent did.

Only the thread that forks lives on in a child; what other threads held is held there for ever, and
what they were at stays half done.  So a fork waits until no other thread does a job of ours, holds
a lock of ours, or is inside LLVM or numba.  That takes as long as the job: mostly microseconds, on
a host's first run the seconds of a compilation.  ``subprocess`` forks without any of this.
"""

from __future__ import annotations

import itertools
import operator
import os
import sys
import threading
from collections.abc import Callable
from enum import IntEnum
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from llvmlite.binding import ffi

#: Seconds that a fork waits for one lock.  No job takes so long; but one may wait for the thread
#: that forks, if that does it in a signal's handler.
PATIENCE = 60.0


class Order(IntEnum):
    """Who holds a lock may wait for those of a later order only."""

    JOB = 0  # held for as long as a background job runs
    SHARED = 1  # what threads share
    DISK = 2  # the cache's


_locks: WeakValueDictionary[tuple[Order, int], Any] = WeakValueDictionary()
_numbers = itertools.count()
_renewals: list[Callable[[], None]] = []
#: Held by a fork from before it waits: no job begins meanwhile.
_turn = threading.RLock()
#: The forks that go on in each thread: the locks that they acquire, and for each whether they did.
_forks: dict[int, list[tuple[list[Any], list[bool]]]] = {}


def lock(order: Order) -> Any:
    """A reentrant lock that no thread but the forking one holds while the process forks."""
    made = threading.RLock()
    _locks[order, next(_numbers)] = made
    return made


def in_child(renew: Callable[[], None]) -> None:
    """Have *renew* called in each child, before the fork returns: for what needs a thread."""
    _renewals.append(renew)


def give_way() -> None:
    """Called between two jobs, with no lock held: if a fork waits, it comes first."""
    with _turn:
        pass


def _before() -> None:
    ours = [each for _, each in sorted(_locks.items(), key=lambda item: item[0])]
    numba = getattr(sys.modules.get("numba.core.compiler_lock"), "global_compiler_lock", None)
    theirs = [numba._lock] if numba is not None else []
    llvm = ffi.lib._lock._lock  # every call into LLVM ends
    acquired: list[bool] = []
    locks = [_turn, *ours, *theirs, llvm]
    _forks.setdefault(threading.get_ident(), []).append((locks, acquired))
    waits = [
        partial(each.acquire, timeout=-1 if each in (_turn, llvm) else PATIENCE) for each in locks
    ]
    error: BaseException | None = None
    while len(acquired) < len(locks):
        try:  # in one call, that no signal's handler comes between a lock and the note of it
            acquired.extend(map(operator.call, waits[len(acquired) :]))
        except BaseException as interruption:  # the process forks nevertheless
            error = interruption
    if error is not None:
        raise error  # Python shows it


def _release() -> None:
    me = threading.get_ident()
    locks, acquired = _forks[me].pop()
    if not _forks[me]:
        del _forks[me]
    for each in reversed(list(itertools.compress(locks, acquired))):
        each.release()


def _in_child() -> None:
    me = threading.get_ident()
    mine = {id(each) for fork in _forks[me] for each in itertools.compress(*fork)}
    for stranger in _forks.keys() - {me}:
        del _forks[stranger]
    for each in list(_locks.values()):
        if id(each) not in mine:  # who holds it is not in this process
            each._at_fork_reinit()
    _release()
    for renew in _renewals:
        renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_release, after_in_child=_in_child)
