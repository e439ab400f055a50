"""Accesses to memory in a translation: where it lies is mostly known when it is translated.

An access that turns out to be to something else (a device, translated code) leaves the translation
in front of its instruction, if nothing has been done of it yet: the interpreter does all of it.
"""

from __future__ import annotations

from emucore.ir.ops import Access, Op
from emucore.kernel import layout as k
from jit.llvm.lowering import Lowering
from jit.llvm.shape import Shape
from jit.regions.memory_map import MemoryMap, Piece, bounds

#: What a ``near`` function returns where no memory is.
_NOWHERE = 1 << 62


class MemoryAccess(Lowering):
    """A lowering for a machine whose program space is *plain*.

    ``helpers`` are functions that the code calls, by name.
    """

    def __init__(self, shape: Shape, plain: MemoryMap) -> None:
        super().__init__(shape)
        self._plain = plain
        self.helpers: dict[str, str] = {}

    def restart(self) -> str | None:
        """The label for leaving in front of the instruction; None if some of it has been done."""
        return None

    def leave(self, access: Access, address: Op, *, writing: bool) -> str | None:
        """See :meth:`Lowering.leave`."""
        if access.space is not self.shape.isa.space:
            return None
        low, high = bounds(address)
        if low == high and self._plain.around(low, high, writing=writing) is None:
            return None  # a device each time
        return self.restart()

    def locate(
        self, access: Access, address: Op, at: str, width: int, writing: bool, slow: str
    ) -> str:
        """See :meth:`Lowering.locate`."""
        if access.space is not self.shape.isa.space:
            return super().locate(access, address, at, width, writing, slow)
        low, high = bounds(address)
        certain = self._plain.around(low, high + width // 8 - 1, writing=writing)
        # a wide store may reach a second granule: below, it is one of the main piece's open part
        if certain is not None and (width == 8 or not writing):
            distance = self.emit(f"add i64 {at}, {certain.entry}")
            if writing:
                self.unmarked(distance, width, slow)
            return distance
        main = self._plain.main(writing=writing)
        if main is None:
            return super().locate(access, address, at, width, writing, slow)
        return self._likely(main, access, at, width, writing, slow)

    def _likely(
        self, main: Piece, access: Access, at: str, width: int, writing: bool, slow: str
    ) -> str:
        """As :meth:`locate`: the main piece is tried first, when writing the part of it in which
        there is no translated code, and then the page table."""
        more, bits = width // 8 - 1, access.space.bits
        if writing:
            start = self.emit(f"load i64, ptr {self.address(8 * k.OPEN)}")
            size = self.emit(f"load i64, ptr {self.address(8 * k.OPEN_SIZE)}")
            size = self.emit(f"sub i64 {size}, {more}") if more else size
            inside, index, origin = self.emit(f"sub i64 {at}, {start}"), at, main.entry
        else:
            narrow = at if bits == 64 else self.emit(f"trunc i64 {at} to i{bits}")
            inside = self.extend(self.emit(f"sub i{bits} {narrow}, {main.start}"), bits, 64)
            size, index, origin = str(main.size - more), inside, main.entry + main.start
        fits = self.emit(f"icmp ult i64 {inside}, {size}")
        before, fast, near = self.block, self.name(), self.name()
        self.effect(f"br i1 {fits}, label %{fast}, label %{near}, !prof !1")
        self.label(near)
        found = self.emit(
            f"call {self.slow} i64 {self._near(access, width, writing)}(ptr %cpu, i64 {at})"
        )
        none = self.emit(f"icmp eq i64 {found}, {_NOWHERE}")
        other = self.emit(f"sub i64 {found}, {origin}")
        self.effect(f"br i1 {none}, label %{slow}, label %{fast}, !prof !0")
        self.label(fast)
        index = self.emit(f"phi i64 [ {index}, %{before} ], [ {other}, %{near} ]")
        return self.emit(f"add i64 {index}, {origin}")

    def _near(self, access: Access, width: int, writing: bool) -> str:
        """The function that finds memory as the interpreter does, by page table and marks."""
        name = f"near_{'write' if writing else 'read'}{width}"
        if name not in self.helpers:
            lo = Lowering(Shape(self.shape.isa, [], marked=True), self.slow, word=False)
            address = Op("get", 64)
            distance = lo.locate(access, address, "%at", width, writing, "none")
            lo.effect(f"ret i64 {distance}")
            lo.label("none")
            lo.effect(f"ret i64 {_NOWHERE}")
            body = "\n".join(lo.lines)
            self.helpers[name] = (
                f"define internal {self.slow} i64 @{name}(ptr %cpu, i64 %at)"
                f" noinline nounwind memory(read) {{\nentry:\n{body}\n}}"
            )
        return f"@{name}"
