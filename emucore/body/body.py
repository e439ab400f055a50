"""What a machine consists of, at rest: its board's arena, registers, memory and panel.

Everything that may differ after running is in the arena's state section: two machines of one board
are equal exactly if their states are, whatever engines they were run by.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from emucore.base.errors import BadValue, OutOfRange, UnknownName
from emucore.board import Board, CpuPart
from emucore.body.media import Media
from emucore.body.memory_view import AddressSpace
from emucore.body.panel import Panel
from emucore.body.registers import Registers
from emucore.kernel import layout as k
from emucore.language.registers import NEVER
from emucore.plan.arena import Arena
from emucore.plan.plan import Plan
from emucore.plan.tables import Tables


class Body:
    """A board with its media, powered on; :class:`emucore.machine.Machine` runs it.

    *media* gives the contents of the board's ROMs by name.  Raises :class:`MachineError` where a
    memory is unknown or its image too large.
    """

    def __init__(self, board: Board, media: Mapping[str, bytes] | None = None) -> None:
        self.board = board
        #: Counts changes of memory from outside, which engines that translate must heed.
        self.version = 0
        #: Counts the states that it was given: at none of a new one's boundaries has a hook been
        #: called yet.
        self.states = 0
        #: Whether the run ends at this boundary.
        self.ending = False
        self.plan = Plan(board)
        self.layout = self.plan.layout
        self._frame_at = self.plan.word("machine.frame")
        self._clocks_at = [
            (self.plan.word(f"{part.name}.clock"), part.divider) for part in board.cpus
        ]
        self.arena = Arena(self.layout)
        self._attach()
        Tables(self.plan, self.words).fill()
        self.power_on()
        for name, image in (media or {}).items():
            self.load(name, image)

    def _attach(self) -> None:
        """Make what reaches into the arena: done anew for each clone, whose arena is its own."""
        self.words = self.arena.memory.cast("q")
        #: The registers of its CPUs, by the CPUs' names.
        self.cpus: dict[str, Registers] = {
            part.name: Registers(part.isa.cpu, self.arena.memory, self.base(part))
            for part in self.board.cpus
        }
        #: Its buttons and DIP switches.
        self.panel = Panel(self.board, self.arena)
        #: What is in its slots, by the slots' names.
        self.media = Media(self.board, self.arena)

    def part(self, cpu: str | None) -> CpuPart:
        """The CPU of that name as the board has it; None is the first."""
        for part in self.board.cpus:
            if cpu in (None, part.name):
                return part
        known = ", ".join(part.name for part in self.board.cpus)
        raise UnknownName("cpu", f"{self.board.name} has no CPU {cpu!r}; it has {known}")

    def base(self, part: CpuPart) -> int:
        """Byte offset of a CPU's header and registers."""
        return self.plan.base(part)

    @property
    def time(self) -> int:
        """Master time reached: that of the CPU furthest behind."""
        return min([self.words[at] * divider for at, divider in self._clocks_at], default=0)

    @property
    def frame(self) -> int:
        """Frames completed since power-on."""
        return self.words[self._frame_at]

    # -- state ------------------------------------------------------------------------------

    def power_on(self) -> None:
        """Give all state its initial value; ROMs stay, and what is in the slots."""
        own = self.media.own()
        for f in self.layout.fields.values():
            if f.section in ("state", "output", "heard") and f.name not in own:
                self.arena.memory[f.offset : f.end] = bytes(f.dtype.itemsize)
        self.arena["machine.latches"][:] = NEVER
        for part in self.board.cpus:
            registers = self.cpus[part.name]
            registers.reset()
            for name, value in part.initial.items():
                registers[name] = value
        for device in self.plan.devices:
            for name, spec in device.fields.items():
                path = f"{device.name}.{name}"
                if path in own:
                    continue
                if not spec.shape:
                    self.arena[path][0] = device.initial[name]
                elif spec.init and spec.role != "audio":
                    self.arena[path][:] = spec.init
        self.panel.reset()
        #: What the outputs are before anything is drawn.
        self._blank = self.arena.outputs()
        #: Whether nothing has been drawn since the machine was given its present state.
        self.blind = False
        self._take(self.arena.bytes)

    def refresh(self) -> None:
        """Have what is derived from the state follow it, after a change from outside."""
        self.version += 1
        self._show_none(self.words)

    def _show_none(self, words: Any) -> None:
        """Have the kernel show all banks anew, and end the present frame where it does."""
        if self.board.frame_ticks:
            frame = self.plan.word("machine.frame")
            ends = (int(words[frame]) + 1) * self.board.frame_ticks
        else:
            ends = NEVER
        words[self.plan.word("machine.ends")] = ends
        for i in range(words[k.BANKS]):
            words[words[k.BANK_TABLE] + i * k.BANK_ROW + k.BANK_SHOWN] = -1

    def _take(self, image: npt.NDArray[np.uint8]) -> None:
        """Have the arena be *image*, with another state: what was going on before is over."""
        raise NotImplementedError

    def clone(self) -> Self:
        """Another one in the same state, that shares nothing that changes."""
        raise NotImplementedError

    def set_state(self, data: bytes | memoryview, outputs: bytes | None = None) -> None:
        """Give the machine a state that its arena gave: exact, and of this process only.

        Without the outputs that its arena gave too, no picture belongs to it yet.  For files there
        is :mod:`emucore.history.snapshot`.
        """
        self._take(self.arena.with_state(data, self._blank if outputs is None else outputs))
        self.blind = outputs is None

    def state_sha256(self) -> str:
        """Hash of all state."""
        return self.arena.sha256()

    # -- memory -----------------------------------------------------------------------------

    def space(self, name: str, cpu: str | None = None) -> AddressSpace:
        """An address space by name (``mem``, ``io``) of *cpu*, or of the first that has it."""
        for part in self.board.cpus:
            if cpu in (None, part.name) and name in part.spaces:
                return AddressSpace(self, part, part.spaces[name])
        known = ", ".join(f"{p.name}.{s}" for p in self.board.cpus for s in p.spaces)
        raise UnknownName(
            "space", f"{self.board.name} has no address space {name!r}; it has {known}"
        )

    @property
    def memory(self) -> AddressSpace:
        """Where the first CPU's program is: ``memory[a]`` an int, ``memory[a:b]`` bytes."""
        part = self.board.cpus[0]
        return AddressSpace(self, part, part.spaces[part.isa.space.name])

    def load(self, name: str, image: bytes, at: int = 0) -> None:
        """Put *image* into memory *name* from offset *at*; the rest stays as it is."""
        if name not in self.board.memories:
            raise UnknownName("name", f"{self.board.name} has no memory {name}")
        memory = self.board.memories[name][0]
        if not 0 <= at <= memory.size - len(image):
            raise BadValue(
                "image",
                f"{name}: {len(image):,} bytes at {at:#x} do not fit its {memory.size:,} bytes",
            )
        self.version += 1
        offset = self.layout.fields[name].offset + at
        self.arena.memory[offset : offset + len(image)] = image

    def poke(self, name: str, at: int, value: int) -> None:
        """Store a byte in the arena's field *name* (a memory, or a device's array of bytes).

        Hosts that write what may be part of a program use this: engines that translate heed it.
        Raises :class:`OutOfRange`, which is an :class:`IndexError`, beyond the field.
        """
        field = self.layout.fields.get(name)
        if field is None:
            raise UnknownName("name", f"{self.board.name} has no field {name!r}")
        if not 0 <= at < field.end - field.offset:
            raise OutOfRange("at", f"{name} has no byte {at:#x}")
        self.store(field.offset + at, value)

    def store(self, at: int, value: int) -> None:
        """Store a byte at offset *at* of the arena, as :meth:`poke` does."""
        words = self.words
        self.arena.memory[at] = value
        if words[k.PROGRAM] and self.arena.memory[words[k.PROGRAM] + at]:
            words[k.CHANGED] = words[k.YIELD] = 1
