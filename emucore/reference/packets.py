"""The reference engine of a VLIW."""

from __future__ import annotations

from collections.abc import Callable

from emucore.body.registers import Registers
from emucore.isa import Isa
from emucore.isa.packets import rules, trace
from emucore.language.pending import PacketError
from emucore.reference.evaluate import Bus, LinkedCode, Reference, Word

#: Packets that the reference engine remembers: a program may write ever new ones.
REMEMBERED = 1 << 12


class PacketReference(Reference):
    """The reference engine of a VLIW: :meth:`step` runs one packet, translated when first met.

    Words that are no packet do what the ISA's ``@undefined`` says, once all are fetched.
    """

    def __init__(
        self,
        isa: Isa,
        registers: Registers,
        bus: Bus,
        deadline: Word | None = None,
        boundary: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(isa, registers, bus, deadline, boundary)
        self._rules = rules(isa)
        self._packets: dict[tuple[int, ...], LinkedCode] = {}

    def step(self) -> None:
        """What the boundary routine does in a packet's place, or a packet."""
        end, _ = self._execute(self._boundary)
        if end != "done":
            self.begin()

    def begin(self) -> None:
        """A packet, which the boundary routine has let begin."""
        self.instructions += 1
        words: list[int] = []
        while len(words) < self._rules.most:
            _, word = self._fetch(())
            words.append(word)
            if self._rules.ends(word):
                break
        self._execute(self._packet(tuple(words)))

    def _packet(self, words: tuple[int, ...]) -> LinkedCode:
        program = self._packets.get(words)
        if program is None:
            try:
                program = LinkedCode(trace(self.isa, words))
            except PacketError:
                program = self._undefined
            if len(self._packets) >= REMEMBERED:
                self._packets.clear()
            self._packets[words] = program
        return program


def reference(
    isa: Isa, registers: Registers, bus: Bus, deadline: Word, boundary: Callable[[], object]
) -> Reference:
    """The reference engine of a CPU: of packets, if the ISA has them."""
    kind = Reference if isa.packets is None else PacketReference
    return kind(isa, registers, bus, deadline, boundary)
