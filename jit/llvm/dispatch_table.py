"""Where translated code is found: one slot for each address that code may begin at.

A CPU's header word CALLS points at a table of the engine's own (never part of the state): the
handlers to go on in, a queue of addresses that have become hot, how often each was jumped to, and
its code, which is the handler ``cold`` until there is any.
"""

from __future__ import annotations

from emucore.isa import Isa
from emucore.kernel import layout as k
from jit.llvm.lowering import Lowering

# Words at the start of the table.
DISPATCH, COLD, QUEUED, QUEUE = 0, 1, 2, 8
QUEUE_MOST = 64
SLOT_BITS = 16
COUNTS = 8 * (QUEUE + QUEUE_MOST)  # bytes
SLOTS = COUNTS + 2 * (1 << SLOT_BITS)
#: A slot is the code; where a pc is wider than the index, the pc comes first.
TABLE_BYTES = SLOTS + 16 * (1 << SLOT_BITS)

#: Jumps to an address that make it hot: a power of two, and hot again at each multiple.
HOT = 16384


def tagged(isa: Isa) -> bool:
    """Whether slots hold the pc that they are for."""
    return isa.pc.width > SLOT_BITS


def slot_of(isa: Isa, pc: int) -> int:
    """Index of the slot of *pc*: word-wise ISAs leave out the low bits that are always 0."""
    return pc >> (isa.unit // 16) & (1 << SLOT_BITS) - 1 if tagged(isa) else pc


def index_of(lo: Lowering, pc: str) -> str:
    """Emit :func:`slot_of`."""
    isa = lo.shape.isa
    wide = lo.extend(pc, isa.pc.width, 64)
    if not tagged(isa):
        return wide
    low = lo.emit(f"lshr i64 {wide}, {isa.unit // 16}")
    return lo.emit(f"and i64 {low}, {(1 << SLOT_BITS) - 1}")


def _base(lo: Lowering) -> str:
    return lo.emit(f"load ptr, ptr {lo.address(8 * k.CALLS)}")


def code_at(lo: Lowering, pc: str) -> str:
    """Emit the look-up of the code for the pc value: a handler to jump to."""
    isa = lo.shape.isa
    base = _base(lo)
    slots = lo.emit(f"getelementptr i8, ptr {base}, i64 {SLOTS}")
    index = index_of(lo, pc)
    if not tagged(isa):
        at = lo.emit(f"getelementptr ptr, ptr {slots}, i64 {index}")
        return lo.emit(f"load ptr, ptr {at}")
    tag_at = lo.emit(f"getelementptr {{i64, ptr}}, ptr {slots}, i64 {index}")
    tag = lo.emit(f"load i64, ptr {tag_at}")
    code = lo.emit(f"getelementptr i8, ptr {tag_at}, i64 8")
    cold = lo.emit(f"getelementptr i8, ptr {base}, i64 {8 * COLD}")
    same = lo.emit(f"icmp eq i64 {tag}, {lo.extend(pc, isa.pc.width, 64)}")
    chosen = lo.emit(f"select i1 {same}, ptr {code}, ptr {cold}")
    return lo.emit(f"load ptr, ptr {chosen}")


def handler(lo: Lowering, word: int) -> str:
    """Emit the load of one of the table's handlers."""
    at = lo.emit(f"getelementptr i8, ptr {_base(lo)}, i64 {8 * word}")
    return lo.emit(f"load ptr, ptr {at}")


def count_jump(lo: Lowering, pc: str) -> None:
    """Emit the count of a jump to the pc value; a hot one joins the queue, if there is room."""
    base, index = _base(lo), index_of(lo, pc)
    counts = lo.emit(f"getelementptr i8, ptr {base}, i64 {COUNTS}")
    at = lo.emit(f"getelementptr i16, ptr {counts}, i64 {index}")
    count = lo.emit(f"add i16 {lo.emit(f'load i16, ptr {at}')}, 1")
    lo.effect(f"store i16 {count}, ptr {at}")
    low = lo.emit(f"and i16 {count}, {HOT - 1}")
    hot = lo.emit(f"icmp eq i16 {low}, 0")
    check, push, on = lo.name(), lo.name(), lo.name()
    lo.effect(f"br i1 {hot}, label %{check}, label %{on}, !prof !0")
    lo.label(check)
    queued_at = lo.emit(f"getelementptr i8, ptr {base}, i64 {8 * QUEUED}")
    queued = lo.emit(f"load i64, ptr {queued_at}")
    room = lo.emit(f"icmp ult i64 {queued}, {QUEUE_MOST}")
    lo.effect(f"br i1 {room}, label %{push}, label %{on}")
    lo.label(push)
    queue = lo.emit(f"getelementptr i8, ptr {base}, i64 {8 * QUEUE}")
    place = lo.emit(f"getelementptr i64, ptr {queue}, i64 {queued}")
    lo.effect(f"store i64 {lo.extend(pc, lo.shape.isa.pc.width, 64)}, ptr {place}")
    more = lo.emit(f"add i64 {queued}, 1")
    lo.effect(f"store i64 {more}, ptr {queued_at}")
    lo.effect(f"br label %{on}")
    lo.label(on)
