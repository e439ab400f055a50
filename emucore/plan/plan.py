"""Where everything of a board is in the arena, and the tables that the kernel runs on.

A plan follows from the board alone: machines made as copies of each other share one.
"""

from __future__ import annotations

from typing import Any

from emucore.board import Board, BoardError, CpuPart
from emucore.board.slot import Slot
from emucore.device import Device
from emucore.kernel import kernel as k
from emucore.language.registers import RegFile, storage
from emucore.plan.arena import Layout, Sheet
from emucore.plan.cpu_layout import HEADER, offsets, size

#: The section of a device's field by its role; of others it is ``state``.
SECTIONS = {"fixed": "const", "content": "content"}


class Plan:
    """The layout of *board*, and the device functions that its tables name by number."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.layout = Layout()
        self.functions: list[tuple[Device, str]] = []
        self._build()

    def _build(self) -> None:
        board, add = self.board, self.layout.add
        if board.quantum < 1:
            raise BoardError(f"{board.name} has a quantum of {board.quantum} ticks")
        add("kernel", ("i8", (k.HEADER_WORDS,)), "derived")
        spaces = [(p, m) for p in board.cpus for m in p.spaces.values()]
        sources = {(w.cpu, w.line) for w in board.wires}
        ranges = [r for _, m in spaces for r in m.ranges]
        tables = {
            "cpus": len(board.cpus) * k.CPU_ROW,
            "lines": sum(len(p.lines()) for p in board.cpus) * k.LINE_ROW,
            "spaces": len(spaces) * k.SPACE_ROW,
            "ranges": len(ranges) * k.RANGE_ROW,
            "events": len(board.devices) * k.EVENT_ROW,
            "catches": len(board.devices) * k.CATCH_ROW,
            "wires": len(sources) * k.WIRE_ROW,
            "banks": sum(r.bank is not None for r in ranges) * k.BANK_ROW,
            "hooked": len(spaces) * k.HOOKED_MOST * k.HOOKED_ROW,
            "hits": k.HIT_MOST * k.HIT_ROW,
        }
        for name, words in tables.items():
            add(f"table.{name}", ("i8", (max(1, words),)), "derived")
        add("machine.frame", "i8", "state")
        add("machine.sounding", "i8", "state")  # the frame whose samples are collected, from 1
        add("machine.latches", ("i8", (max(1, len(sources)),)), "state")
        for part in board.cpus:
            self._place_cpu(part)
        for name, device in board.devices.items():
            whole = device.dtype()
            record = add(name, whole, "device")
            for field in whole.names or ():
                kind, at = whole.fields[field][:2]  # type: ignore[index]
                section = SECTIONS.get(device.fields[field].role, "state")
                add(f"{name}.{field}", kind, section, at=record.offset + at)
        for name, (memory, section) in board.memories.items():
            add(name, ("u1", (memory.size,)), section)
        self.layout.media = [_sheet(self.layout, slot) for slot in board.slots.values()]
        # a mark for each byte before: see kernel.PROGRAM
        add("kernel.marks", ("u1", (self.layout.size,)), "derived")

    def _place_cpu(self, part: CpuPart) -> None:
        cpu, add = part.isa.cpu, self.layout.add
        header = add(f"{part.name}.header", ("i8", (HEADER // 8,)), "derived")
        for name, at in offsets(cpu).items():
            reg = cpu.registers[name]
            code = f"u{storage(reg.width)}"
            kind = (code, (reg.count,)) if isinstance(reg, RegFile) else code
            add(f"{part.name}.{name}", kind, "state", at=header.offset + at)
        # page tables begin at a fixed distance from the base: compiled code has it as a constant
        at = header.offset + tables_at(part.isa.cpu)
        for m in part.spaces.values():
            for which in ("reads", "writes"):
                pages = ("i8", (max(1, m.space.pages),))
                at = add(f"{part.name}.{m.space.name}.{which}", pages, "derived", at=at).end

    def base(self, part: CpuPart) -> int:
        """Byte offset of a CPU's header and registers."""
        return self.layout.fields[f"{part.name}.header"].offset

    def word(self, name: str) -> int:
        """Word offset of a field."""
        return self.layout.fields[name].offset // 8

    def heeded(self, device: Device) -> tuple[int, ...]:
        """Offsets in the record of *device* of what the kernel must heed when it changes: its
        lines, its due time, and registers that choose a bank."""
        fields = {name for name, spec in device.fields.items() if spec.role in ("line", "due")}
        for part in self.board.cpus:
            for space in part.spaces.values():
                banks = [r.bank for r in space.ranges if r.bank is not None]
                fields |= {bank.register for bank in banks if bank.device is device}
        whole = device.dtype().fields
        assert whole is not None
        return tuple(sorted(whole[name][1] for name in fields))

    def function(self, device: Device, name: str | None) -> int:
        """Number of a device's function; -1 for None."""
        if name is None:
            return -1
        if (device, name) not in self.functions:
            self.functions.append((device, name))
        return self.functions.index((device, name))


def tables_at(cpu: type[Any]) -> int:
    """Distance of a CPU's page tables from its base: behind its registers."""
    return -(-size(cpu) // 64) * 64


def _sheet(layout: Layout, slot: Slot) -> Sheet:
    """Where what is in *slot* lies in the arena."""
    fields, name = layout.fields, slot.device.name
    places = fields[f"{name}.content"], fields[f"{name}.identity"], fields.get(f"{name}.written")
    return Sheet(slot.name, *places, slot.unit)
