"""CP/M 2.2 as the host does it: BDOS calls by number, and the BIOS jump table.

Source: Digital Research, CP/M 2.2 Operating System Manual, chapters 5 (Interface Guide) and 6.
A call that waits for a key is undone, time passes to the end of the frame, and it is made again:
so keys arrive between frames only, and a recording of them repeats exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from emucore.body.console import Console
from emucore.body.registers import Registers
from emucore.language.registers import NEVER
from machines.computers.cpm.drive import Drive
from machines.computers.cpm.filing import DiskError, Filing
from machines.computers.cpm.memory import Memory
from machines.computers.cpm.traps import BDOS, BIOS, FIRST, KEYS, ROUTINES

#: Clock states of the RET that the processor has done when the host is asked.
RET_STATES = 10

VERSION = 0x0022
IOBYTE = 3
PARAMETERS = FIRST + 0x10  # the disk parameter block …
ALLOCATION = FIRST + 0x80  # … and the allocation vector, in which nothing is allocated
#: 2 MiB in blocks of 2 KiB, 256 directory entries: SPT, BSH, BLM, EXM, DSM, DRM, AL0-1, CKS, OFF.
PARAMETER_BLOCK = bytes.fromhex("4000 04 0f 00 ff03 ff00 f000 0000 0000")

CTRL_C, BACKSPACE, TAB, LF, CR, CTRL_U, CTRL_X, RUBOUT = 3, 8, 9, 10, 13, 0x15, 0x18, 0x7F
EOF = 0x1A
READY = 0xFF


class _Wait(Exception):
    """The call needs a key that has not been typed."""


class _End(Exception):
    """The program is over."""


class Bdos:
    """The operating system, over what it is handed: the record of the box's Traps, the processor
    (whose waits last to the end of a frame of *frame* states), memory, console and disk.
    """

    def __init__(
        self,
        state: Any,
        cpu: Registers,
        memory: Memory,
        console: Console,
        drive: Drive,
        *,
        frame: int,
    ) -> None:
        self.state = state
        self.cpu = cpu
        self.memory = memory
        self.console = console
        self.frame = frame
        self.filing = Filing(memory, state, drive)
        self.functions: dict[int, Callable[[int], int]] = {
            0: lambda _: self._end(),
            1: lambda _: self.read_echoed(),
            2: lambda de: self.print(de & 0xFF),
            3: lambda _: EOF,  # no tape reader …
            4: lambda _: 0,  # … nor punch …
            5: lambda _: 0,  # … nor printer
            6: self.direct,
            7: lambda _: self.memory[IOBYTE],
            8: lambda de: self._set_iobyte(de & 0xFF),
            9: self.print_string,
            10: self.read_line,
            11: lambda _: READY if self.keys else 0,
            12: lambda _: VERSION,
            13: lambda _: self.reset_disks(),
            14: self.select,
            24: lambda _: 1,
            25: lambda _: int(self.state.drive),
            26: self.set_dma,
            27: lambda _: ALLOCATION,
            28: lambda _: self.protect(),
            29: lambda _: int(self.state.read_only),
            31: lambda _: PARAMETERS,
            32: self.user,
            37: self.reset_drives,
        }
        self.routines: dict[int, Callable[[], None]] = {
            0: self._end,
            1: self._end,
            2: lambda: self._answer(READY if self.keys else 0),
            3: lambda: self._answer(self.key()),
            4: lambda: self.put(self.cpu["bc"] & 0xFF),
            7: lambda: self._answer(EOF),
            9: lambda: self._pair(0),  # SELDSK: no disk that could be reached sector by sector
            13: lambda: self._answer(1),
            14: lambda: self._answer(1),
            15: lambda: self._answer(0),
            16: lambda: self._pair(self.cpu["bc"]),
        }
        # LIST, PUNCH, HOME, SETTRK, SETSEC and SETDMA have nothing to do
        self.routines.update(dict.fromkeys((5, 6, 8, 10, 11, 12), lambda: None))

    # -- the processor's side ---------------------------------------------------------------

    def serve(self) -> None:
        """Answer the call that stopped the box."""
        state = self.state
        state.waiting = 0
        try:
            self._dispatch(state.entry)
        except _Wait:
            state.waiting = 1
            self._undo()
            self.cpu["clock"] = (self.cpu["clock"] // self.frame + 1) * self.frame
        except _End:
            state.ended = 1
            self._undo()
            return
        state.ask = NEVER

    def _undo(self) -> None:
        """Put the processor back before the fetch from the entry."""
        cpu = self.cpu
        cpu["sp"] = (cpu["sp"] - 2) & 0xFFFF
        cpu["pc"] = self.state.entry
        cpu["clock"] -= RET_STATES

    def _dispatch(self, entry: int) -> None:
        routine = (entry - (ROUTINES if entry >= ROUTINES else BIOS)) / 3
        if entry == BDOS:
            self._bdos()
        elif routine in self.routines:
            self.routines[int(routine)]()
        else:
            self._report(f"Jump into the system at {entry:04X}")

    def _bdos(self) -> None:
        """The function in C on DE; the result in HL, and in A and B as well."""
        function, de = self.cpu["bc"] & 0xFF, self.cpu["de"]
        result = 0  # of functions that CP/M 2.2 has not
        try:
            if function in self.functions:
                result = self.functions[function](de)
            elif function in self.filing.functions:
                result = self.filing.call(function, de)
        except DiskError as error:
            self._report(f"Bdos Err On A: {error}")
        self._pair(result)
        self._answer(result & 0xFF)
        self.cpu["b"] = result >> 8

    def _answer(self, value: int) -> None:
        self.cpu["a"] = value

    def _pair(self, value: int) -> None:
        self.cpu["hl"] = value

    def _report(self, text: str) -> None:
        """Print an error and end the program, as a warm boot does."""
        self._raw(f"\r\n{text}\r\n".encode())
        self._end()

    def _end(self) -> NoReturn:
        """BDOS 0, BOOT and WBOOT."""
        raise _End

    # -- the console ------------------------------------------------------------------------

    @property
    def keys(self) -> int:
        """How many keys are typed and not yet read."""
        return max(0, min(KEYS, int(self.state.keys_typed - self.state.keys_read)))

    def key(self) -> int:
        """The next key."""
        state = self.state
        if not self.keys:
            raise _Wait
        code = state.keys[state.keys_read % KEYS]
        state.keys_read += 1
        return int(code)

    def _raw(self, data: bytes) -> None:
        self.console.put(data)

    def put(self, code: int) -> None:
        """A character as it is; the cursor's column is kept for tabs."""
        if code == CR:
            self.state.column = 0
        elif code == BACKSPACE:
            self.state.column = max(0, self.state.column - 1)
        elif code >= 0x20:
            self.state.column += 1
        self._raw(bytes((code,)))

    def print(self, code: int) -> int:
        """Function 2: tabs go to the next multiple of eight columns."""
        if code != TAB:
            self.put(code)
            return 0
        for _ in range(8 - self.state.column % 8):
            self.put(0x20)
        return 0

    def print_string(self, address: int) -> int:
        """Function 9: up to a dollar sign, once round the memory at most."""
        for i in range(0x10000):
            code = self.memory[address + i]
            if code == ord("$"):
                break
            self.print(code)
        return 0

    def read_echoed(self) -> int:
        """Function 1."""
        code = self.key()
        if code >= 0x20 or code in (CR, LF, TAB, BACKSPACE):
            self.print(code)
        return code

    def direct(self, de: int) -> int:
        """Function 6: FF asks for a key, 0 if there is none; anything else is printed."""
        if de & 0xFF == 0xFF:
            return self.key() if self.keys else 0
        self.put(de & 0xFF)
        return 0

    def read_line(self, address: int) -> int:
        """Function 10: edit a line in the buffer: its size, the length read, the characters."""
        state, memory = self.state, self.memory
        most = memory[address]
        while (length := state.line_length & 0xFF) < most:
            code = self.key()
            if code in (CR, LF):
                break
            if code == CTRL_C and not length:
                self._end()
            if code in (BACKSPACE, RUBOUT):
                self._rub(min(1, length))
            elif code in (CTRL_U, CTRL_X):
                self._rub(length)
            else:
                memory[address + 2 + length] = code
                state.line_length = length + 1
                self._echo(code)
        memory[address + 1] = state.line_length
        state.line_length = 0
        self.put(CR)
        return 0

    def _echo(self, code: int) -> None:
        """Control characters as ^ and their letter."""
        if code < 0x20 and code != TAB:
            self.put(ord("^"))
            code += 0x40
        self.print(code)

    def _rub(self, count: int) -> None:
        """Take back the last characters of the line."""
        for _ in range(count):
            self.state.line_length -= 1
            for code in (BACKSPACE, 0x20, BACKSPACE):
                self.put(code)

    def _set_iobyte(self, value: int) -> int:
        self.memory[IOBYTE] = value
        return 0

    # -- disks ------------------------------------------------------------------------------

    def reset_disks(self) -> int:
        """Function 13."""
        self.state.drive = self.state.read_only = 0
        return self.set_dma(0x80)

    def select(self, de: int) -> int:
        """Function 14."""
        self.filing.select(de & 0xFF)
        self.state.drive = de & 0xFF
        return 0

    def set_dma(self, address: int) -> int:
        """Function 26."""
        self.state.dma = address
        return 0

    def protect(self) -> int:
        """Function 28: no more writing to the current drive."""
        self.state.read_only |= 1 << self.state.drive
        return 0

    def user(self, de: int) -> int:
        """Function 32: FF asks for the user number, anything else sets it."""
        if de & 0xFF == 0xFF:
            return int(self.state.user)
        self.state.user = de & 0x1F
        return 0

    def reset_drives(self, drives: int) -> int:
        """Function 37: *drives* is a bit map."""
        self.state.read_only &= ~drives & 0xFFFF
        return 0
