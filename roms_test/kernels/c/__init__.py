"""Kernels in C, as a compiler makes them: RV32IM programs, prebuilt (see the Makefile here).

One source each, three ways to run it: *bare* on our flat board, where the number of repeats is
written to memory before and the answer read from there afterwards; as a Linux program, for
qemu-riscv32; and native, compiled where it is measured.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from emucore.base.elf import load
from emucore.cpus.rv32 import rv32
from emucore.device import NEVER
from emucore.machine import Machine
from machines.boards.flat.board import Shape

HERE = Path(__file__).parent

#: As the linker script has it: RAM from AT on, and the run ends at a write behind CELLS.
AT, SIZE, CELLS = 0x10000, 0x40000, 0x1000
SHAPE = Shape(rv32, size=SIZE, at=AT, cells=(CELLS, CELLS + 1))

#: Cycles after which a run that has not ended never will.
LIMIT = 1 << 48

_WORD = (1 << 32) - 1


def _random() -> Iterator[int]:
    """``next`` of kernel.h, over and over from 0."""
    x = 0
    while True:
        x = 1664525 * x + 1013904223 & _WORD
        yield x


def _bytes(size: int) -> bytes:
    return bytes(x >> 24 for x, _ in zip(_random(), range(size), strict=False))


def _polynomial(numbers: list[int]) -> int:
    total = 0
    for number in numbers:
        total = 31 * total + number & _WORD
    return total


def _sieve(size: int) -> int:
    return sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(2, size))


def _quicksort(size: int) -> int:
    return _polynomial(sorted(x for x, _ in zip(_random(), range(size), strict=False)))


def _matmul(size: int) -> int:
    def signed(half: int) -> int:
        return half - (half >> 15 << 16)

    random, r = _random(), range(size)
    both = [[next(random) for _ in r] for _ in r]
    a = [[signed(x >> 16) for x in row] for row in both]
    b = [[signed(x & 0xFFFF) for x in row] for row in both]
    return _polynomial([sum(a[i][k] * b[k][j] for k in r) for i in r for j in r])


def _fibonacci(size: int) -> int:
    a, b = 0, 1
    for _ in range(size):
        a, b = b, a + b
    return a & _WORD


def _strings(size: int) -> int:
    def spell(number: int) -> str:
        rest = spell(number // 5) if number >= 5 else ""
        return "eiaou"[number % 5] + "tnrslhdc"[number % 8] + rest

    def fnv1a(word: str) -> int:
        h = 2166136261
        for byte in word.encode():
            h = (h ^ byte) * 16777619 & _WORD
        return h

    words = [spell((x >> 16) % 1000) for x, _ in zip(_random(), range(size), strict=False)]
    return _polynomial([fnv1a(word) for word in words]) + len(set(words)) & _WORD


def _sha256(size: int) -> int:
    return int.from_bytes(hashlib.sha256(_bytes(size)).digest()[:4], "big")


def _bytecode(size: int) -> int:
    steps = 0
    for n in range(1, size + 1):
        while n > 1:
            n = 3 * n + 1 if n % 2 else n // 2
            steps += 1
    return steps


def _division(size: int) -> int:
    random, results = _random(), list[int]()
    for _ in range(size):
        a, b, c = (next(random) for _ in range(3))
        for part in divmod(a << 32 | b, (c << 32 | a) >> (b >> 26) | 1):
            results.append(part + (part >> 32))
    return _polynomial(results)


@dataclass(frozen=True)
class CKernel:
    """A program: ``answer(size)`` is what it must find, worked out in another way."""

    name: str
    size: int  # of the benchmark
    answer: Callable[[int], int]

    @property
    def source(self) -> Path:
        """Its C."""
        return HERE / f"{self.name}.c"

    @property
    def bare(self) -> Path:
        """Its ELF for our board."""
        return HERE / "elf" / f"{self.name}-bare"

    @property
    def linux(self) -> Path:
        """Its ELF for Linux: ``PROGRAM REPEATS SIZE`` writes 4 bytes, lowest first."""
        return HERE / "elf" / f"{self.name}-linux"


#: Sized for some hundred thousand instructions, which the reference can do in a few seconds.
C_KERNELS = {
    kernel.name: kernel
    for kernel in (
        CKernel("sieve", 8192, _sieve),
        CKernel("crc32", 4096, lambda size: zlib.crc32(_bytes(size))),
        CKernel("quicksort", 1000, _quicksort),
        CKernel("matmul", 24, _matmul),
        CKernel("fibonacci", 16, _fibonacci),
        CKernel("strings", 500, _strings),
        CKernel("sha256", 1024, _sha256),
        CKernel("bytecode", 50, _bytecode),
        CKernel("division", 100, _division),
    )
}


class CBench:
    """Our flat RV32 board with a kernel in its memory."""

    def __init__(self, name: str, size: int | None = None) -> None:
        self.kernel = C_KERNELS[name]
        self.size = self.kernel.size if size is None else size
        self.machine = Machine(SHAPE.board())
        elf = load(self.kernel.bare)
        for segment in elf.segments:
            self.machine.load("ram", segment.data, segment.address - AT)
        self._entry, self._symbols = elf.entry, elf.symbols
        self._poke("size", self.size)

    def _word(self, symbol: str) -> slice:
        at = self._symbols[symbol] - AT
        return slice(at, at + 4)

    def _poke(self, symbol: str, value: int) -> None:
        data = list(value.to_bytes(4, "little"))
        self.machine.arena["ram"][self._word(symbol)] = data

    def begin(self, repeats: int) -> None:
        """Let the CPU be about to do the kernel so many times."""
        self._poke("repeats", repeats)
        self.machine.cpus["cpu"]["pc"] = self._entry
        self.machine.arena["console.ended"][0] = NEVER

    def run(self, repeats: int) -> int:
        """Do the kernel so many times; the instructions that took, the start's few included."""
        self.begin(repeats)
        began = self.instructions
        if self.machine.run_until(self.machine.time + LIMIT):
            raise RuntimeError(f"{self.kernel.name} does not end")
        return self.instructions - began

    @property
    def instructions(self) -> int:
        """Done since power-on: one a cycle."""
        return int(self.machine.cpus["cpu"]["clock"])

    @property
    def result(self) -> int:
        """What the last run found."""
        return int.from_bytes(self.machine.arena["ram"][self._word("result")].tobytes(), "little")

    @property
    def right(self) -> bool:
        """Whether that is so."""
        return self.result == self.kernel.answer(self.size)
