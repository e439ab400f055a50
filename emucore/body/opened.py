"""A machine with its cover off: the names in its program, its disassembly, bytes held by cheats."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from emucore.base.errors import OutOfRange, whole
from emucore.board import Board, CpuPart
from emucore.body.cheats import Cheats
from emucore.body.front import Front
from emucore.body.symbols import Symbols, read

if TYPE_CHECKING:
    from emucore.disassembler import Disassembled

#: More bytes than any instruction has.
_LONGEST_INSTRUCTION = 32


class Opened(Front):
    """A board whose program is looked into."""

    def __init__(self, board: Board, media: Mapping[str, bytes] | None = None) -> None:
        #: Symbols by the name of the CPU whose program they are of.
        self.labels = {part.name: Symbols() for part in board.cpus}
        #: The bytes that are frozen; see :meth:`freeze`.
        self.cheats = Cheats()
        super().__init__(board, media)

    @property
    def symbols(self) -> Symbols:
        """Names of addresses in the first CPU's program; other CPUs' are in :attr:`labels`."""
        return self.labels[self.board.cpus[0].name]

    def load_symbols(self, path: str | Path, cpu: str | None = None) -> int:
        """Take the names in *path* for the program of *cpu*: an ELF file, or a list as assemblers
        and linkers write it (:mod:`emucore.body.symbols`).  How many there were.

        Raises :class:`MachineError` for a file without any, :class:`OSError` where it cannot be
        read.
        """
        names = read(Path(path))
        self.labels[self.part(cpu).name].add(names)
        return len(names)

    def _address(self, where: int | str, cpu: str | None = None) -> int:
        """An address of the program of *cpu*, from a number or a symbol."""
        part = self.part(cpu)
        return self._addresses(where, part, part.isa.space.name).start

    def _addresses(self, where: int | str | range, part: CpuPart, space: str) -> range:
        """Addresses of one of the spaces of a CPU, from a number, a symbol or a range."""
        if isinstance(where, str):
            where = self.labels[part.name][where]
        if not isinstance(where, range):
            address = whole("address", where, least=-(1 << 64))
            where = range(address, address + 1)
        found, is_program = part.spaces[space].space, space == part.isa.space.name
        bits = min(found.bits, part.isa.pc.width) if is_program else found.bits
        if where.step != 1 or not 0 <= where.start < where.stop <= 1 << bits:
            what = f"{where.start:#x} is" if len(where) == 1 else f"{where} are"
            text = f"{what} no address of {part.name}'s {'program' if is_program else space}"
            raise OutOfRange("address", text)
        return where

    def disassemble(
        self, address: int | str | None = None, count: int = 10, cpu: str | None = None
    ) -> list[Disassembled]:
        """*count* instructions of *cpu* (the first) from *address* on (a symbol, or by default
        where it is): rows with address, bytes and text.

        Addresses that have symbols are called by them.

        >>> import machines
        >>> machine = machines.load("invaders", cpu="z80")
        >>> machine.symbols["interrupt"] = 0x0010
        >>> row = machine.disassemble("interrupt", 1)[0]
        >>> row.label, row.address, row.text
        ('interrupt', 16, 'push af')
        """
        from emucore.disassembler import (
            decode_one,  # with an assembler's grammar: not for every run
        )

        part = self.part(cpu)
        if address is None:
            address = self.cpus[part.name][part.isa.pc.name]
        at, rows = self._address(address, part.name), []
        memory = self.space(part.isa.space.name, part.name)
        for _ in range(whole("count", count)):
            data = memory[at : at + _LONGEST_INSTRUCTION]
            if not data:
                break
            rows.append(decode_one(part.isa, data, at, self.labels[part.name].at))
            at += len(rows[-1].data)
        return rows

    def freeze(self, address: int | str, value: int | bytes) -> None:
        """Hold the byte (or bytes) at *address* at *value*: a cheat.

        It is written now, and again before each frame; so a program may change it for less than a
        frame.  Cheats go with clones, and are no part of the state.  Raises :class:`MachineError`
        where there is no RAM.

        >>> import machines
        >>> machine = machines.load("invaders")
        >>> machine.freeze(0x2100, 5)
        >>> machine.cheats
        Cheats(0x2100: 0x5)
        >>> machine.unfreeze()
        """
        data = value if isinstance(value, bytes) else bytes([whole("value", value, most=255)])
        self.cheats.freeze(self, self._address(address), data)

    def unfreeze(self, address: int | str | None = None, size: int = 1) -> None:
        """Let *size* bytes at *address* go again, or all that are frozen.

        Raises :class:`MachineError` for one that is not.
        """
        if address is None:
            self.cheats.clear()
        else:
            self.cheats.unfreeze(self._address(address), whole("size", size))
