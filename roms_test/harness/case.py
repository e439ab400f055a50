"""One question of an exam and how an answer differs from what was expected."""

from __future__ import annotations

from dataclasses import dataclass, field

#: What an access was, as the probe logs it: memory read and write, port read and write, and the
#: acknowledgement of an interrupt.
WHAT = ("read", "write", "in", "out", "ack")
READ, WRITE, IN, OUT, ACK = range(5)

#: One access: cycle (from the start of the case), what (index of WHAT), address, data.
Access = list[int]


@dataclass(slots=True)
class Case:
    """A CPU's state before, how long it runs, and its state and accesses after.

    Registers are by the CPU's names; memory as (address, byte).  ``answers`` are the bytes that
    input ports give, in order.  ``cycles`` is the time to run for: the instruction that reaches it
    is completed.  ``clock`` is the time expected then.
    """

    name: str
    registers: dict[str, int]
    memory: list[tuple[int, int]]
    cycles: int
    clock: int
    after: dict[str, int]
    memory_after: list[tuple[int, int]]
    accesses: list[Access]
    answers: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that is not as expected, in words."""

    field: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.field}: expected {self.expected}, got {self.got}"


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that failed."""

    case: str
    differences: list[Difference]


def show(access: Access | None) -> str:
    """An access in words: ``cycle 5 read 1234=56``; "none" for one that is missing."""
    if access is None:
        return "none"
    cycle, what, address, data = access
    return f"cycle {cycle} {WHAT[what]} {address:04x}={data:02x}"


def compare_accesses(expected: list[Access], got: list[Access]) -> list[Difference]:
    """The accesses that differ, by their place in the order."""
    if expected == got:
        return []
    longest = max(len(expected), len(got))
    padded = (
        [*accesses, *[None] * (longest - len(accesses))]
        for accesses in (expected, got)  # a missing access is None
    )
    return [
        Difference(f"access {i}", show(a), show(b))
        for i, (a, b) in enumerate(zip(*padded, strict=True))
        if a != b
    ]
