"""The top 512 bytes of memory: the entry points of BDOS and BIOS, which belong to the host.

To the processor a fetch from here reads RET; the host is asked when that instruction is over.  So
a call costs the program's CALL, the JMP at 0005 and this RET: 20 states beside the CALL, as the
published clock counts of the 8080 exercisers have it.  Data accesses see ordinary RAM.
"""

from __future__ import annotations

from collections.abc import MutableSequence

from emucore.device import NEVER, Device, array, integer, out
from emucore.ir.ops import KINDS
from emucore.kernel.layout import TAP_KIND

FIRST = 0xFE00
SIZE = 0x200
BDOS = 0xFE06
BIOS = 0xFF00
#: Where the BIOS jump table leads; so programs that follow it get to a trap as well.
ROUTINES = 0xFF80

RET = 0xC9
FETCH = KINDS.index("fetch")
BYTE = SIZE - 1
KEYS = 1024


class Traps(Device):
    """The trap page, and whatever the operating system has to remember from call to call."""

    ask: int = out()
    entry: int = integer()  # the address fetched from
    page: MutableSequence[int] = array("u1", SIZE)

    keys = array("u1", KEYS)  # typed and not yet read: a ring
    keys_read: int = integer()  # how many were read since power-on …
    keys_typed: int = integer()  # … and how many typed
    waiting: int = integer()  # 1 while a call waits for a key
    ended: int = integer()  # 1 once the program has returned to the system

    dma: int = integer(0x80)
    drive: int = integer()
    user: int = integer()
    read_only: int = integer()  # bit map of drives that function 28 protected
    column: int = integer()  # of the cursor, for tabs
    line_length: int = integer()  # characters so far of the line that function 10 reads
    search_fcb: int = integer()  # the address that function 17 was given …
    search_name = array("u1", 11)  # … and the directory entry it or function 18 found last
    search_extent: int = integer(-1)

    def valid(self, time: int) -> bool:
        """See :class:`emucore.device.Device`; the system's calls rely on these, too."""
        calls = self.ask == NEVER or self.ended == 1
        counts = 0 <= self.keys_read <= self.keys_typed <= self.keys_read + KEYS
        words = max(self.entry, self.dma, self.read_only, self.search_fcb) <= 0xFFFF
        signs = min(self.entry, self.dma, self.read_only, self.search_fcb, self.column) >= 0
        small = 0 <= self.drive < 16 and 0 <= self.user < 32 and 0 <= self.line_length < 256
        return calls and counts and words and signs and small and -1 <= self.search_extent <= 512

    def read(self, offset: int, time: int) -> int:
        """RET to a fetch, and the host is asked; the byte stored here to other reads."""
        if offset >> TAP_KIND & 0xFF == FETCH:
            self.entry = FIRST + (offset & BYTE)
            self.ask = time
            return RET
        return self.page[offset & BYTE]

    def write(self, offset: int, value: int, time: int) -> None:
        """RAM."""
        self.page[offset & BYTE] = value & 0xFF
