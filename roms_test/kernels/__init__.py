"""Small programs that keep a CPU busy, for the benchmark: the same four on every CPU.

Each loops for ever.  A *round*, from the label ``round`` back to it, begins by making its own data,
so every round takes the same instructions and cycles; it leaves its answer in ``result`` (4 bytes,
lowest first) and counts itself in ``rounds`` (2 bytes).  ``SIZE`` is given to the assembler.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from emucore.assembler import Program, assemble
from emucore.board import Board, CpuPart
from emucore.cpus import isa
from emucore.machine import Machine

#: The CPUs that have kernels: their folders' names.
CPUS = ("8080", "z80", "6502", "rv32")

MEMORY = 0x10000


def _sieve(size: int) -> int:
    return sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(2, size))


def _bytes(size: int) -> bytes:
    """``size`` bytes, each 5 times the one before and 1, from 0."""
    data = [0]
    while len(data) < size:
        data.append((5 * data[-1] + 1) & 0xFF)
    return bytes(data)


def _sort(size: int) -> int:
    value = 0
    for byte in sorted(_bytes(size)):
        value = 2 * value + byte
    return value & 0xFFFF


def _multiply(size: int) -> int:
    x = 0
    for _ in range(size):
        x = 25173 * x + 13849
    return x & 0xFFFF


@dataclass(frozen=True)
class Kernel:
    """A program on all CPUs: ``answer(size)`` is what it must find."""

    name: str
    size: int  # of the benchmark
    answer: Callable[[int], int]


#: Sized for some ten thousand instructions a round, which the reference can count in a second.
KERNELS = (
    Kernel("sieve", 1000, _sieve),
    Kernel("crc32", 100, lambda size: zlib.crc32(_bytes(size))),
    Kernel("sort", 100, _sort),
    Kernel("multiply", 100, _multiply),
)


def kernel(name: str) -> Kernel:
    """The kernel called *name*; :class:`KeyError`."""
    return {k.name: k for k in KERNELS}[name]


def program(cpu: str, name: str, size: int) -> Program:
    """Kernel *name* for *cpu*, for *size* numbers, bytes or steps."""
    path = Path(__file__).parent / cpu / f"{name}.asm"
    return assemble(isa(cpu), path, symbols={"SIZE": size})


def bench_board(cpu: str) -> tuple[Board, CpuPart]:
    """A CPU and 64 KiB of RAM, nothing else; its cycles are the master clock's."""
    board = Board(f"bench-{cpu}", f"{isa(cpu).title} and RAM", clock_hz=1_000_000)
    part = board.cpu("cpu", isa(cpu))
    part.mem.ram(0, MEMORY - 1, board.ram("ram", MEMORY))
    return board, part


class Bench:
    """A machine with a kernel in its memory."""

    def __init__(self, cpu: str, name: str, size: int | None = None) -> None:
        self.kernel = kernel(name)
        self.size = self.kernel.size if size is None else size
        self.program = program(cpu, name, self.size)
        board, part = bench_board(cpu)
        part.initial["pc"] = self.program.symbols["start"]
        self.machine = Machine(board)
        for segment in self.program.segments:
            self.machine.load("ram", segment.data, segment.address)
        self.ram = self.machine.arena["ram"]

    def finish_round(self) -> None:
        """To the beginning of the next round, instruction by instruction: for the reference."""
        engine = self.machine.use("reference")
        while True:
            engine.step()
            if self.at_round:
                return

    def _number(self, symbol: str, length: int) -> int:
        at = self.program.symbols[symbol]
        return int.from_bytes(self.ram[at : at + length].tobytes(), "little")

    @property
    def result(self) -> int:
        """What a round found, at its end."""
        return self._number("result", 4)

    @property
    def rounds(self) -> int:
        """Rounds done since power-on, modulo 65536."""
        return self._number("rounds", 2)

    @property
    def right(self) -> bool:
        """Whether it did its work."""
        return self.result == self.kernel.answer(self.size)

    @property
    def at_round(self) -> bool:
        """Whether the CPU is about to begin a round."""
        return int(self.machine.cpus["cpu"]["pc"]) == self.program.symbols["round"]
