"""Micro-ops to LLVM: one :class:`Lowering` turns the code of an instruction into IR text.

Text, because parsing it is ten times faster than building it through an object model.  Registers
are either *hot*, carried as function arguments, or fields at fixed offsets from ``%cpu``.
"""

from __future__ import annotations

from collections.abc import Callable

from emucore.ir.ops import KINDS, Access, Code, Op, Space
from emucore.kernel import layout as k
from emucore.language.registers import Reg, storage
from jit.llvm.pure_ops import lower_pure
from jit.llvm.shape import Shape
from jit.llvm.text import Text

#: A mark is for this many bytes of memory, as a power of two.
GRANULE_BITS = 6

#: What emits the end of an instruction: ``(lowering, "fall"|"done"|"dispatch", op)``.
Ending = Callable[["Lowering", str, Op | None], None]


class Lowering(Text):
    """Emits one function's body.  ``values`` maps ops to LLVM values, ``hot`` registers too."""

    def __init__(self, shape: Shape, slow: str = "preserve_mostcc", *, word: bool = True) -> None:
        super().__init__()
        self.shape = shape
        self.slow = slow  # convention of slow accesses
        self.values: dict[int, str] = {}
        self.hot = {r.name: f"%{r.name}" for r in shape.hot}
        self.clock = "%clock"
        self.word = "%word"
        self._afters: dict[int, str] = {}
        self._joined: dict[int, str] = {}
        for reg in shape.hot:
            if reg.width < 64:
                self.effect(f"%{reg.name} = trunc i64 %{reg.name}.in to i{reg.width}")
            else:
                self.hot[reg.name] += ".in"
        if word and shape.isa.unit > 8:
            self.effect(f"%word = trunc i64 %word.in to i{shape.isa.unit}")

    def value(self, op: Op) -> str:
        return str(op.imm) if op.name == "const" else self.values[id(op)]

    def arguments(self, word: str | None = None) -> str:
        """The argument list of a tail call: everything as it is here."""
        values = ["ptr %cpu", f"i64 {self.clock}"]
        values += [f"i64 {self._wide(reg)}" for reg in self.shape.hot]
        if self.shape.isa.unit > 8:
            passed = "%word.in"
            if word is not None:
                passed = self.extend(word, self.shape.isa.unit, 64)
            values.append(f"i64 {passed}")
        return ", ".join(values)

    def _wide(self, reg: Reg) -> str:
        value = self.hot[reg.name]
        return f"{value}.in" if value == f"%{reg.name}" else self.extend(value, reg.width, 64)

    # -- code -------------------------------------------------------------------------------

    def run(self, code: Code, ending: Ending) -> None:
        """Lower *code*; *ending* emits what follows: ``(lowering, "fall"|"done"|"dispatch", op)``.

        It is called at each end that is not inside an ``if`` with ``"fall"`` or a terminal's name,
        and for a terminal inside an ``if`` too.
        """
        if not self.lower(code, ending):
            ending(self, "fall", None)

    def lower(self, code: Code, ending: Ending) -> bool:
        """True if *code* ended in a terminal."""
        for i, op in enumerate(code):
            if op.name == "const":
                continue
            if op.name in ("done", "dispatch"):
                ending(self, op.name, op)
                return True
            if op.name == "if":
                self._if(op, code[i + 1 :], ending)
            else:
                self._op(op)
        return False

    def _if(self, op: Op, rest: Code, ending: Ending) -> None:
        assert op.body is not None
        inside = {id(o) for o in op.body}
        joined = [o for o in rest if o.name == "phi" and id(o.args[1]) in inside]
        cond = self.value(op.args[0])
        before, then, join = self.block, self.name(), self.name()
        weights = ", !prof !0" if ends(op.body) else ""
        self.effect(f"br i1 {cond}, label %{then}, label %{join}{weights}")
        hot, clock = dict(self.hot), self.clock
        self.label(then)
        ended = self.lower(op.body, ending)
        self.hot, self.clock = hot, clock
        after = self.block
        if not ended:
            self.effect(f"br label %{join}")
        self.label(join)
        # an old value may be computed only behind the join: then _phi chooses there
        known = {id(p) for p in joined if p.args[2].name == "const" or id(p.args[2]) in self.values}
        for phi in joined:
            new = self.value(phi.args[1])
            old = self.value(phi.args[2]) if id(phi) in known else "poison"
            value = self.emit(f"phi i{phi.width} [ {new}, %{after} ], [ {old}, %{before} ]")
            if id(phi) in known:
                self.values[id(phi)] = value
            else:
                self._joined[id(phi)] = value

    def _op(self, op: Op) -> None:
        method = _METHODS.get(op.name)
        if method is not None:
            result = method(self, op)
        else:
            result = lower_pure(self, op, [self.value(a) for a in op.args])
        if result is not None:
            self.values[id(op)] = result

    # -- state ------------------------------------------------------------------------------

    def load(self, reg: Reg) -> str:
        """The value of a register that is not hot."""
        size = storage(reg.width) * 8
        raw = self.emit(f"load i{size}, ptr {self.address(self.shape.offsets[reg.name])}")
        return raw if size == reg.width else self.emit(f"trunc i{size} {raw} to i{reg.width}")

    def store(self, reg: Reg, value: str) -> None:
        """Write a register that is not hot."""
        size = storage(reg.width) * 8
        if size != reg.width:
            value = self.emit(f"zext i{reg.width} {value} to i{size}")
        self.effect(f"store i{size} {value}, ptr {self.address(self.shape.offsets[reg.name])}")

    # What a region does otherwise: it keeps registers in variables of its own.

    def read_register(self, reg: Reg) -> str:
        """The value of a register here."""
        if reg.name == "clock":
            return self.clock
        return self.hot.get(reg.name) or self.load(reg)

    def write_register(self, reg: Reg, value: str) -> None:
        """Let a register be *value*."""
        if reg.name == "clock":
            self.clock = value
        elif reg.name in self.hot:
            self.hot[reg.name] = value
        else:
            self.store(reg, value)

    def read_element(self, op: Op) -> str:
        """The value of the file element that the ``getx`` names."""
        size = storage(op.imm.width) * 8
        raw = self.emit(f"load i{size}, ptr {self._element(op)}")
        return raw if size == op.width else self.emit(f"trunc i{size} {raw} to i{op.width}")

    def write_element(self, op: Op, value: str) -> None:
        """Let the file element that the ``setx`` names be *value*."""
        file = op.imm
        size = storage(file.width) * 8
        value = self.extend(value, file.width, size)
        self.effect(f"store i{size} {value}, ptr {self._element(op)}")
        if file.zero is not None and op.args[0].name != "const":
            at = self.shape.offsets[file.name] + file.zero * size // 8
            self.effect(f"store i{size} 0, ptr {self.address(at)}")

    def before_slow(self) -> None:
        """Called in the block of each slow access, in front of it."""

    def on_slow(self) -> None:
        """Called in the block of each slow access, behind it."""

    def on_write(self) -> None:
        """Called behind each write."""

    def _element(self, op: Op) -> str:
        index = op.args[0]
        wide = self.extend(self.value(index), index.width, 64)
        at = self.address(self.shape.offsets[op.imm.name])
        return self.emit(f"getelementptr i{storage(op.imm.width) * 8}, ptr {at}, i64 {wide}")

    def _get(self, op: Op) -> str:
        return self.read_register(op.imm)

    def _set(self, op: Op) -> None:
        self.write_register(op.imm, self.value(op.args[0]))

    def _getx(self, op: Op) -> str:
        return self.read_element(op)

    def _setx(self, op: Op) -> None:
        self.write_element(op, self.value(op.args[1]))

    def _word_op(self, op: Op) -> str:
        unit = self.shape.isa.unit
        return self.word if op.width == unit else self.emit(f"trunc i{unit} %word to i{op.width}")

    def _phi(self, op: Op) -> str:
        if id(op) in self.values:
            return self.values[id(op)]
        cond, new, old = op.args
        value = self._joined.get(id(op)) or self.value(new)
        return self._select(op.width, self.value(cond), value, self.value(old))

    def _select(self, width: int, cond: str, new: str, old: str) -> str:
        return self.emit(f"select i1 {cond}, i{width} {new}, i{width} {old}")

    def _attend(self, op: Op) -> None:
        asked = self.value(op.args[0])
        for word in (k.DEADLINE, k.ATTENDED):
            at = self.address(8 * word)
            old = self.emit(f"load i64, ptr {at}")
            cycle = self.emit(f"call i64 @llvm.umin.i64(i64 {old}, i64 {asked})")
            self.effect(f"store i64 {cycle}, ptr {at}")

    def _idle(self, op: Op) -> str:
        deadline = self.emit(f"load i64, ptr {self.address(8 * k.DEADLINE)}")
        left = self.emit(f"sub i64 {deadline}, {self.value(op.args[0])}")
        left = self.emit(f"call i64 @llvm.smax.i64(i64 {left}, i64 1)")
        return self.emit(f"udiv i64 {self.emit(f'add i64 {left}, {op.imm - 1}')}, {op.imm}")

    # -- the bus ----------------------------------------------------------------------------

    def after(self, access: Op) -> str:
        """The clock behind an access that has been lowered."""
        return self._afters[id(access)]

    def _after_op(self, op: Op) -> str:
        return self.after(op.args[0])

    def locate(
        self, access: Access, address: Op, at: str, width: int, writing: bool, slow: str
    ) -> str:
        """Branch to the label *slow* unless memory lies at the address *at*; the distance of the
        memory from ``%cpu``, in the block that is open on return."""
        space = access.space
        _, reads, writes = self.shape.tables[space.name]
        fast = self.name()
        page = self.emit(f"lshr i64 {at}, {space.page_bits}")
        table = self.address(writes if writing else reads)
        slot = self.emit(f"getelementptr i64, ptr {table}, i64 {page}")
        entry = self.emit(f"load i64, ptr {slot}")
        test = self.emit(f"icmp eq i64 {entry}, {k.SLOW}")
        if width > 8:
            low = self.emit(f"and i64 {at}, {width // 8 - 1}")
            odd = self.emit(f"icmp ne i64 {low}, 0")
            test = self.emit(f"or i1 {test}, {odd}")
        self.effect(f"br i1 {test}, label %{slow}, label %{fast}, !prof !0")
        self.label(fast)
        distance = self.emit(f"add i64 {entry}, {at}")
        if writing and self.shape.marked:
            self.unmarked(distance, width, slow)
        return distance

    def leave(self, access: Access, address: Op, *, writing: bool) -> str | None:
        """The label for an access that is not to memory, if it is not to be done here."""
        return None

    def _masked(self, space: Space, address: Op) -> str:
        """The address within the space: masked only where it could be wider."""
        value = self.value(address)
        narrow = address.name == "zext" and address.args[0].width <= space.bits
        constant = address.name == "const" and address.imm < 1 << space.bits
        if narrow or constant or space.bits == 64:
            return value
        return self.emit(f"and i64 {value}, {(1 << space.bits) - 1}")

    def _how(self, access: Access, width: int) -> int:
        """The static half of a slow access: space, kind and width, a byte each."""
        number = self.shape.tables[access.space.name][0]
        return number | KINDS.index(access.kind) << 8 | width << 16

    def _read(self, op: Op) -> str:
        access: Access = op.imm
        address, clock = op.args
        at, now = self._masked(access.space, address), self.value(clock)
        how = self._how(access, op.width)
        call = f"call {self.slow} i64 @slow_read(ptr %cpu, i64 {at}, i64 {now}, i64 {how})"
        if not access.space.page_bits:
            self.before_slow()
            raw = self.emit(call)
            self._afters[id(op)] = self._load_after()
            self.on_slow()
            return raw if op.width == 64 else self.emit(f"trunc i64 {raw} to i{op.width}")
        leave = self.leave(access, address, writing=False)
        slow = leave or self.name()
        distance = self.locate(access, address, at, op.width, False, slow)
        fast, join = self.block, self.name()
        pointer = self.emit(f"getelementptr i8, ptr %cpu, i64 {distance}")
        quick = self.emit(f"load i{op.width}, ptr {pointer}, align 1")
        if access.space.big_endian and op.width > 8:
            quick = self.emit(f"call i{op.width} @llvm.bswap.i{op.width}(i{op.width} {quick})")
        if leave is not None:
            self._afters[id(op)] = now
            return quick
        self.effect(f"br label %{join}")
        self.label(slow)
        self.before_slow()
        raw = self.emit(call)
        late = self._load_after()
        self.on_slow()
        slowly = raw if op.width == 64 else self.emit(f"trunc i64 {raw} to i{op.width}")
        self.effect(f"br label %{join}")
        self.label(join)
        value = self.emit(f"phi i{op.width} [ {quick}, %{fast} ], [ {slowly}, %{slow} ]")
        self._afters[id(op)] = self.emit(f"phi i64 [ {now}, %{fast} ], [ {late}, %{slow} ]")
        return value

    def _load_after(self) -> str:
        return self.emit(f"load i64, ptr {self.address(8 * k.AFTER)}")

    def _write(self, op: Op) -> None:
        access: Access = op.imm
        address, data, clock = op.args
        at, now, value = self._masked(access.space, address), self.value(clock), self.value(data)
        how = self._how(access, data.width)

        def slowly() -> str:
            self.before_slow()
            wide = self.extend(value, data.width, 64)
            args = f"ptr %cpu, i64 {at}, i64 {now}, i64 {how}, i64 {wide}"
            after = self.emit(f"call {self.slow} i64 @slow_write({args})")
            self.on_slow()
            return after

        if not access.space.page_bits:
            self._afters[id(op)] = slowly()
            self.on_write()
            return
        leave = self.leave(access, address, writing=True)
        slow = leave or self.name()
        distance = self.locate(access, address, at, data.width, True, slow)
        fast, join, quick = self.block, self.name(), value
        if access.space.big_endian and data.width > 8:
            w = data.width
            quick = self.emit(f"call i{w} @llvm.bswap.i{w}(i{w} {value})")
        pointer = self.emit(f"getelementptr i8, ptr %cpu, i64 {distance}")
        self.effect(f"store i{data.width} {quick}, ptr {pointer}, align 1")
        self.on_write()
        if leave is not None:
            self._afters[id(op)] = now
            return
        self.effect(f"br label %{join}")
        self.label(slow)
        late = slowly()
        self.effect(f"br label %{join}")
        self.label(join)
        self._afters[id(op)] = self.emit(f"phi i64 [ {now}, %{fast} ], [ {late}, %{slow} ]")

    def unmarked(self, distance: str, width: int, slow: str) -> None:
        """Go on only if none of the *width* bits at *distance* from ``%cpu`` is translated code."""
        exact, on = self.name(), self.name()
        granule = self.emit(f"ashr i64 {distance}, {GRANULE_BITS}")
        mark = self._mark(k.MARKS, granule, 8)
        free = self.emit(f"icmp eq i8 {mark}, 0")
        self.effect(f"br i1 {free}, label %{on}, label %{exact}, !prof !1")
        self.label(exact)
        marks = self._mark(k.BYTE_MARKS, distance, width)
        free = self.emit(f"icmp eq i{width} {marks}, 0")
        self.effect(f"br i1 {free}, label %{on}, label %{slow}")
        self.label(on)

    def _mark(self, word: int, index: str, width: int) -> str:
        base = self.emit(f"load ptr, ptr {self.address(8 * word)}")
        at = self.emit(f"getelementptr i8, ptr {base}, i64 {index}")
        return self.emit(f"load i{width}, ptr {at}, align 1")


def ends(body: Code) -> bool:
    """Whether the body of an ``if`` ends the instruction (a trap, an interrupt): that is rare."""
    return bool(body) and body[-1].name in ("done", "dispatch")


_METHODS: dict[str, Callable[[Lowering, Op], str | None]] = {
    "get": Lowering._get,
    "set": Lowering._set,
    "getx": Lowering._getx,
    "setx": Lowering._setx,
    "word": Lowering._word_op,
    "phi": Lowering._phi,
    "attend": Lowering._attend,
    "idle": Lowering._idle,
    "read": Lowering._read,
    "write": Lowering._write,
    "after": Lowering._after_op,
}
