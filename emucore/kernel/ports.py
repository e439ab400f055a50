"""A device's way to memory: through its page table, and past a slow page by the bus.

Compiled into each device function that uses a port; the reference engine runs it as Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emucore.kernel.layout import (
    PROGRAM,
    SLOW,
    SPACE_BASE,
    SPACE_MASK,
    SPACE_PAGE_BITS,
    SPACE_READS,
    SPACE_WRITES,
)


def make_ports(
    slow_read: Callable[..., int], slow_write: Callable[..., int], compiled: Callable[[Any], Any]
) -> tuple[Any, Any]:
    """``port_read(m, space, address, time)`` and ``port_write(m, space, address, value, time)``.

    The slow ones take the same arguments.
    """

    @compiled
    def port_read(m: Any, space: int, address: int, time: int) -> int:
        address &= m.q[space + SPACE_MASK]
        page = address >> m.q[space + SPACE_PAGE_BITS]
        entry = m.q[m.q[space + SPACE_READS] + page]
        if entry != SLOW:
            return int(m.b[m.q[space + SPACE_BASE] + entry + address] & 0xFF)
        return slow_read(m, space, address, time)

    @compiled
    def port_write(m: Any, space: int, address: int, value: int, time: int) -> None:
        address &= m.q[space + SPACE_MASK]
        page = address >> m.q[space + SPACE_PAGE_BITS]
        entry = m.q[m.q[space + SPACE_WRITES] + page]
        at = m.q[space + SPACE_BASE] + entry + address
        if entry != SLOW and m.q[PROGRAM] == 0:
            m.b[at] = value & 0xFF
        else:  # it may be a device, or memory that has been translated
            slow_write(m, space, address, value & 0xFF, time)

    return port_read, port_write
