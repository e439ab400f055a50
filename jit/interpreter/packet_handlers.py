"""The interpreter of a VLIW: a handler for each packet, made when the packet is first met.

What the words of a packet mean depends on all of them, so there can be no handler for each word.
The interpreter of the ISA is only what stands around handlers: it looks a handler up by the program
counter in a table of the CPU's, and where there is none, or one of other words than memory has now,
it *misses*: it stops behind the boundary routine, and Python makes the handler
(:mod:`jit.interpreter.packet_table`).  A handler fetches its words like any other, and compares
them: code may change, or be switched in banks, at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from emucore.ir.ops import Access, Code, Op, Space, verify
from emucore.ir.passes import optimise
from emucore.isa import Isa, IsaError, packets
from emucore.kernel import layout as k
from emucore.language.block import Block
from emucore.language.pending import PacketError
from emucore.language.registers import NEVER
from emucore.language.value import Value, constant
from jit.interpreter.handlers import Handlers, jumps
from jit.interpreter.looped import Looped
from jit.interpreter.threaded import Linked, Threaded
from jit.llvm.dispatch_table import SLOT_BITS, code_at, index_of
from jit.llvm.lowering import Lowering
from jit.llvm.prelude import prelude

# The table: words, and then for each slot of :mod:`jit.llvm.dispatch_table` a pc and the handler
# for it.
DISPATCH, MISS, SLOTS = 0, 1, 2
TABLE_WORDS = SLOTS + 2 * (1 << SLOT_BITS)


class _Packets(Handlers):
    """What a packet's handler and the glue around it are, in each way to go on."""

    def onward(self, lo: Lowering, *, jumped: bool) -> None:
        """The packet is complete: go on with the next, perhaps somewhere else."""
        self.tail(lo, self._entry(lo, DISPATCH))

    # -- the glue -----------------------------------------------------------------------------

    def instructions(self) -> Iterator[str]:
        """See :meth:`Handlers.instructions`."""
        missed = self.open()
        self._miss(missed)
        yield self.define("missed", "\n".join(missed.lines))
        begin = self.open()
        self.decode(begin)
        yield self.define("begin", "\n".join(begin.lines))

    def decode(self, lo: Lowering) -> None:
        """See :meth:`Handlers.decode`."""
        pc = lo.extend(lo.read_register(self.isa.pc), self.isa.pc.width, 64)
        table = self._table_at(lo)
        slots = lo.emit(f"getelementptr i64, ptr {table}, i64 {SLOTS}")
        index = index_of(lo, lo.read_register(self.isa.pc))
        slot = lo.emit(f"getelementptr {{i64, ptr}}, ptr {slots}, i64 {index}")
        same = lo.emit(f"icmp eq i64 {lo.emit(f'load i64, ptr {slot}')}, {pc}")
        code = lo.emit(f"getelementptr i8, ptr {slot}, i64 8")
        missed = lo.emit(f"getelementptr i64, ptr {table}, i64 {MISS}")
        chosen = lo.emit(f"select i1 {same}, ptr {code}, ptr {missed}")
        self.tail(lo, lo.emit(f"load ptr, ptr {chosen}"))

    def begun(self, lo: Lowering) -> str | None:
        """See :meth:`Handlers.begun`: after a miss, once its handler is there."""
        at = lo.address(8 * k.MISSED)
        missed = lo.emit(f"load i64, ptr {at}")
        lo.effect(f"store i64 0, ptr {at}")
        return lo.emit(f"icmp ne i64 {missed}, 0")

    def _miss(self, lo: Lowering) -> None:
        """Cut the CPU's turn short, if it is not cut already."""
        deadline = lo.address(8 * k.DEADLINE)
        cut = lo.emit(f"load i64, ptr {lo.address(8 * k.CUT)}")
        whole = lo.emit(f"icmp eq i64 {cut}, 0")
        now = lo.emit(f"load i64, ptr {deadline}")
        before = lo.emit(f"load i64, ptr {lo.address(8 * k.UNTIL)}")
        until = lo.emit(f"select i1 {whole}, i64 {now}, i64 {before}")
        lo.effect(f"store i64 0, ptr {deadline}")
        lo.effect(f"store i64 {NEVER}, ptr {lo.address(8 * k.ATTENDED)}")
        lo.effect(f"store i64 1, ptr {lo.address(8 * k.MISSED)}")
        lo.effect(f"store i64 1, ptr {lo.address(8 * k.CUT)}")
        lo.effect(f"store i64 {until}, ptr {lo.address(8 * k.UNTIL)}")
        arena = lo.emit(f"load ptr, ptr {lo.address(8 * k.ARENA)}")
        at = lo.emit(f"getelementptr i64, ptr {arena}, i64 {k.YIELD}")
        lo.effect(f"store i64 1, ptr {at}")
        self.leave(lo)

    def _table_at(self, lo: Lowering) -> str:
        return lo.emit(f"load ptr, ptr {lo.address(8 * k.PACKETS)}")

    def _entry(self, lo: Lowering, word: int) -> str:
        at = lo.emit(f"getelementptr i64, ptr {self._table_at(lo)}, i64 {word}")
        return lo.emit(f"load ptr, ptr {at}")

    # -- packets ------------------------------------------------------------------------------

    def packets(self, found: list[tuple[int, ...]]) -> Iterator[str]:
        """A module of handlers, ``packet0`` and so on."""
        yield prelude(self.slow)
        for number, words in enumerate(found):
            body = "\n".join(self._packet(words))
            yield self.define(f"packet{number}", body, exported=True)

    def _packet(self, words: tuple[int, ...]) -> list[str]:
        body = self.open()
        self._compare(body, words)
        code = whole(self.isa, words)
        jumping = jumps(self.isa, code)

        def ending(lo: Lowering, how: str, op: Op | None) -> None:
            if how == "dispatch":
                raise IsaError(f"{self.isa.name}: a packet that goes on as another")
            self.onward(lo, jumped=jumping or how == "done")

        body.run(code, ending)
        return body.lines

    def _compare(self, lo: Lowering, words: tuple[int, ...]) -> None:
        """Go on if the words are in plain memory at the pc; others are missed."""
        unit, space = self.isa.unit, self.isa.space
        first = lo.read_register(self.isa.pc)
        width = self.isa.pc.width
        for number, word in enumerate(words):
            pc = lo.emit(f"add i{width} {first}, {number * unit // 8}")
            at = lo.extend(pc, width, 64)
            if width > space.bits:
                at = lo.emit(f"and i64 {at}, {(1 << space.bits) - 1}")
            access = Access(space, "fetch")
            distance = lo.locate(access, Op("get", 64), at, unit, False, "other")
            pointer = lo.emit(f"getelementptr i8, ptr %cpu, i64 {distance}")
            found = lo.emit(f"load i{unit}, ptr {pointer}, align 1")
            expected = word.to_bytes(unit // 8, "big" if space.big_endian else "little")
            same = lo.emit(f"icmp eq i{unit} {found}, {int.from_bytes(expected, 'little')}")
            on = lo.name()
            lo.effect(f"br i1 {same}, label %{on}, label %other, !prof !1")
            lo.label(on)
        on = lo.name()
        lo.effect(f"br label %{on}")
        lo.label("other")
        self.tail(lo, self._entry(lo, MISS))
        lo.label(on)


class _Threaded(_Packets, Threaded):
    exported = ("dispatch", "missed")


class _Linked(_Packets, Linked):
    exported = (*Linked.exported, "missed")

    def onward(self, lo: Lowering, *, jumped: bool) -> None:
        if jumped:
            self.tail(lo, code_at(lo, lo.read_register(self.isa.pc)))
        else:
            super().onward(lo, jumped=False)


class _Looped(_Packets, Looped):
    exported = ("dispatch", "missed")

    def onward(self, lo: Lowering, *, jumped: bool) -> None:
        self.next(lo)


#: As :mod:`jit.interpreter.module` has for other ISAs.
WAYS: dict[str, Callable[[Isa, bool], _Packets]] = {
    "threaded": _Threaded,
    "looped": _Looped,
    "linked": _Linked,
}


class _Fetched(Block):
    """A block that fetches known words."""

    def __init__(self, isa: Isa, words: tuple[int, ...]) -> None:
        super().__init__(isa.cpu.clock)
        self._program = isa.space
        self._words = list(words)

    def read(self, space: Space, kind: str, address: Value, width: int = 8) -> Value:
        if self._words and space is self._program and kind == "fetch":
            return constant(self, self._words.pop(0), width)
        return super().read(space, kind, address, width)


def whole(isa: Isa, words: tuple[int, ...]) -> Code:
    """The micro-ops of a packet and of the fetch of its words, which cannot wait; or of what the
    ISA does where they are none."""
    cpu = isa.cpu(_Fetched(isa, words))
    fetched = list(packets.fetch(isa, cpu))
    assert len(fetched) == len(words)
    try:
        packets.apply(isa, cpu, words)
    except PacketError:
        cpu = isa.cpu(_Fetched(isa, words))
        list(packets.fetch(isa, cpu))
        isa.apply_undefined(cpu, 0)
    return verify(optimise(cpu.block.finish()))
