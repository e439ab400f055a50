"""The machine kernel: bus, lines, events and the scheduler, over the arena.

These functions are the only definition of how a machine's parts act on each other.  The reference
engine runs them as Python; the compiled engines run the same source compiled by numba.  So they
use ints and two views of the arena: ``m.q`` (64-bit words) and ``m.b`` (bytes), and they reach a
device, a CPU or the host through functions that each engine supplies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emucore.kernel.bus import make_bus
from emucore.kernel.lines import make_lines
from emucore.kernel.run import make_nested, make_run


@dataclass(frozen=True)
class Kernel:
    """The kernel's functions for one kind of engine."""

    #: ``bus_read(m, cpu, space, kind, address, width, clock)`` and ``bus_write``, with a value
    #: before the width: accesses of CPUs.
    bus_read: Any
    bus_write: Any
    #: ``read(m, space, kind, address, width, clock)``, ``write``: of any master, by its SPACE row.
    read: Any
    write: Any
    #: ``run(m, end)``
    run: Any


def make_kernel(
    call_device: Callable[..., int],
    call_cpu: Callable[..., int],
    call_host: Callable[..., int],
    compiled: Callable[[Any], Any],
) -> Kernel:
    """The kernel for one kind of engine.

    ``call_device(m, function, device, offset, value, time) -> int``; ``call_cpu(m, index)`` runs a
    CPU to its deadline; ``call_host(m)`` calls the hooks of a CPU that runs amid another's access;
    ``compiled`` is applied to each function (the identity for Python).
    """
    lines = make_lines(call_device, compiled)
    enter, limit, run_nested = make_nested(call_cpu, call_host, lines, compiled)
    bus = make_bus(call_device, run_nested, lines, compiled)
    run = make_run(call_device, enter, limit, lines, bus, compiled)
    return Kernel(bus["bus_read"], bus["bus_write"], bus["read"], bus["write"], run)
