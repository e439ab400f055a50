"""Two engines in lockstep, to the first instruction after which their machines differ.

Machines are compared after every frame, in their state and in what they printed.  If they differ,
both go back to the frame's start, and a binary search over the time that they are let run finds the
instruction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emucore.board import CpuPart
from emucore.body.events import Event, Source
from emucore.disassembler import disassemble
from emucore.history import snapshot
from emucore.history.differences import Element, differences
from emucore.machine import Machine

#: Differing elements that are reported.
SHOWN = 8
#: Bytes that the longest instruction of any CPU may have.
LONGEST = 16


@dataclass(frozen=True)
class Divergence:
    """Where two machines part.

    ``frame`` counts from the start of the run.  Up to ``clock`` (cycles of ``cpu``) they are equal;
    then comes the instruction ``text`` at ``address``.  ``count`` elements differ after it, of
    which ``elements`` are the first; where none does, the two printed different texts.
    """

    frame: int
    cpu: str
    clock: int
    address: int
    text: str
    count: int
    elements: tuple[Element, ...]


def diverge(
    machines: tuple[Machine, Machine], frames: int, source: Source | None = None
) -> Divergence | None:
    """Run both machines, whose states must be equal, for *frames* frames; None if they stay so.

    Files that a machine changes on its host are not rewound for the search.
    """
    first = machines[0]
    for frame in range(frames):
        start = first.arena.state()
        events: list[Event] = []
        if source is not None and source.next(frame) == frame:
            events = list(source.events(first, frame))
        marks = [_printed(machine) for machine in machines]
        for machine in machines:
            _apply(machine, events)
        finished = [machine.run_frames(1) for machine in machines]
        if _differ(machines, marks):
            return _search(machines, frame, start, events)
        if not all(finished):
            return None
    return None


def _apply(machine: Machine, events: Sequence[Event]) -> None:
    for event in events:
        event.apply(machine)


def _printed(machine: Machine) -> int:
    """How many bytes the machine has printed in all."""
    console = machine.console
    return 0 if console is None else console.dropped + len(console.printed)


def _differ(machines: Sequence[Machine], marks: Sequence[int]) -> bool:
    """Whether states differ, or what was printed since *marks*."""
    first, second = machines
    texts = [
        b"" if m.console is None else bytes(m.console.printed[mark - m.console.dropped :])
        for m, mark in zip(machines, marks, strict=True)
    ]
    return first.arena.state() != second.arena.state() or texts[0] != texts[1]


def _search(
    machines: tuple[Machine, Machine], frame: int, start: bytes, events: Sequence[Event]
) -> Divergence:
    ends = [machine.time for machine in machines]

    def differ(time: int) -> bool:
        """Whether a run from the frame's start to *time* ends differently."""
        marks = [_printed(machine) for machine in machines]
        for machine in machines:
            machine.set_state(start)
            _apply(machine, events)
            machine.run_until(time)
        return _differ(machines, marks)

    machines[0].arena.set_state(start)
    equal = machines[0].time
    different = max(*ends, equal + 1)
    while different - equal > 1:
        middle = (equal + different) // 2
        if differ(middle):
            different = middle
        else:
            equal = middle
    differ(equal)
    machine = machines[0]
    part = min(machine.board.cpus, key=lambda p: machine.cpus[p.name]["clock"] * p.divider)
    registers = machine.cpus[part.name]
    clock, address = registers["clock"], registers[part.isa.pc.name]
    text = _instruction(machine, part, address)
    differ(different)
    here, there = map(snapshot.values, machines)
    found = list(differences(here, there, SHOWN))
    count = sum(field.count for field in found)
    elements = [element for field in found for element in field.elements]
    return Divergence(frame, part.name, clock, address, text, count, tuple(elements[:SHOWN]))


def _instruction(machine: Machine, part: CpuPart, address: int) -> str:
    """The instruction at *address* as text."""
    assert part.isa.space is not None
    space = machine.space(part.isa.space.name, part.name)
    data = bytearray()
    for i in range(LONGEST):
        byte = space.look((address + i) % len(space))
        if byte is None:
            break
        data.append(byte)
    return disassemble(part.isa, bytes(data), address)[0] if data else "(not in memory)"
