"""What is in a machine's slots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from emucore.base.errors import ArgumentError, MachineError, UnknownName, UserError
from emucore.base.medium import NOTHING, Medium
from emucore.board import Board, BoardError
from emucore.board.slot import Slot
from emucore.kernel.layout import RAM
from emucore.plan.arena import Arena, Sheet

#: Bytes of media that a machine knows, beside those in its slots, so that the past can have them.
KNOWN_MOST = 256 << 20


class Keeper(Protocol):
    """Who keeps what is written on media: see :mod:`emucore.history.written`."""

    def given(self, slot: str, medium: Medium) -> Medium:
        """*medium* is put into *slot*: with what was written on it earlier."""

    def put(self, slot: str, medium: Medium | None) -> None:
        """That is in *slot* now; None for nothing."""

    def taken(self, slot: str) -> None:
        """What is in *slot* is about to be taken out."""

    def save(self) -> None:
        """Write what has changed."""


class Media(Mapping[str, "Medium | None"]):
    """The slots of *board*, and what is in them in *arena*; None for nothing.

    A medium is as it is now, with what was written on it.
    """

    def __init__(self, board: Board, arena: Arena) -> None:
        self.board = board
        self._arena = arena
        _check_maps(board, {sheet.content.name for sheet in arena.sheets})
        self._sheets = {sheet.name: sheet for sheet in arena.sheets}
        #: What was put in, by slot: two may have the same content, and be files of their own.
        self._put: dict[str, Medium] = {}

    def slot(self, name: str) -> Slot:
        """The slot *name*; :class:`UnknownName` if there is none."""
        if name not in self.board.slots:
            known = ", ".join(self.board.slots) or "none"
            raise UnknownName("slot", f"{self.board.name} has no slot {name!r:.40}; it has {known}")
        return self.board.slots[name]

    def __getitem__(self, name: str) -> Medium | None:
        self.slot(name)
        sheet, memory = self._sheets[name], self._arena.bytes
        identity = sheet.identified(memory)
        medium = self._put.get(name)
        if medium is None or medium.identity != identity:
            medium = self._arena.known.get(identity)
        if medium is None:
            return None
        units, rows = sheet.marked(memory).tolist(), sheet.units(memory)
        written = tuple((unit * sheet.unit, rows[unit].tobytes()) for unit in units)
        return medium.with_writes(written)

    def __iter__(self) -> Iterator[str]:
        return iter(self.board.slots)

    def __len__(self) -> int:
        return len(self.board.slots)

    def __repr__(self) -> str:
        return "Media(" + ", ".join(f"{n}: {m and m.called()}" for n, m in self.items()) + ")"

    def read(self, name: str, path: Path) -> Medium:
        """The medium in the file *path*, for the slot *name*.

        Raises :class:`MachineError` for what is none that fits, :class:`OSError` where it cannot be
        read.
        """
        slot = self.slot(name)
        try:
            medium = slot.read(path)
        except MachineError:
            raise
        except UserError as error:
            raise MachineError(str(error)) from None
        self._check(slot, medium)
        return medium

    def _check(self, slot: Slot, medium: Medium) -> None:
        """:class:`ArgumentError` if *medium* does not fit the slot."""
        wrong = ""
        if medium.kind and medium.kind != slot.kind:
            wrong = f"is a {medium.kind}, and {slot.name} takes a {slot.kind}"
        elif not 0 < len(medium.content) <= slot.capacity:
            size = len(medium.content)
            wrong = f"has {size:,} bytes; {slot.name} takes up to {slot.capacity:,}"
        elif medium.written and not slot.writable:
            wrong = f"was written, which {slot.name} cannot"
        elif any(
            at % slot.unit or len(data) != slot.unit or not 0 <= at < slot.capacity
            for at, data in medium.written
        ):
            wrong = f"was written in other units than {slot.name}'s"
        if wrong:
            raise ArgumentError("medium", f"{medium.where}: {wrong}")

    def put(self, name: str, medium: Medium | None) -> None:
        """Have *medium* be in the slot *name*, or nothing.

        Raises :class:`ArgumentError`, with all as it was, for one that does not fit.
        """
        slot, sheet = self.slot(name), self._sheets[name]
        identity, content = NOTHING, b""
        if medium is not None:
            self._check(slot, medium)
            identity, content = medium.identity, medium.content
            self._put[name] = medium
            self.know(medium)
        arena, device = self._arena, slot.device.name
        arena[f"{device}.identity"][:] = np.frombuffer(identity, np.uint8)
        arena[f"{device}.length"][0] = len(content)
        arena[f"{device}.protected"][0] = int(medium is not None and medium.protected)
        changes = arena[f"{device}.changes"]
        changes[0] = (int(changes[0]) + 1) & 0xFFFFFFFF
        if sheet.written is not None:
            arena[sheet.written.name][:] = 0
        arena.fill(sheet)
        self.write(name, medium.written if medium is not None else ())

    def write(self, name: str, written: tuple[tuple[int, bytes], ...]) -> None:
        """Have *written* be written on what is in the slot *name*."""
        slot, sheet = self.slot(name), self._sheets[name]
        units = sheet.units(self._arena.bytes)
        for at, data in written:
            self._arena[f"{slot.device.name}.written"][at // slot.unit] = 1
            units[at // slot.unit] = np.frombuffer(data, np.uint8)

    def know(self, medium: Medium) -> None:
        """Remember *medium*, for states that have it in a slot; the oldest are forgotten."""
        known = self._arena.known
        known.pop(medium.identity, None)
        known[medium.identity] = replace(medium, written=())
        there = {sheet.identified(self._arena.bytes) for sheet in self._sheets.values()}
        room = KNOWN_MOST - sum(len(each.content) for each in known.values())
        for identity in list(known)[:-1]:
            if room >= 0:
                break
            if identity not in there:
                room += len(known.pop(identity).content)

    def own(self) -> set[str]:
        """Names of the fields that the slots have in the arena: they outlast power-off."""
        return {field for slot in self.board.slots.values() for field in slot.own()}


def _check_maps(board: Board, contents: Set[str]) -> None:
    """:class:`BoardError` where a bus could write content: nobody would know of it."""
    if contents:
        maps = [map_ for part in board.cpus for map_ in part.spaces.values()]
        for device in board.all_devices():
            maps += [getattr(device, n) for n, s in device.fields.items() if s.role == "bus"]
        for map_ in maps:
            for row in map_.ranges:
                if row.kind == RAM and row.memory is not None and row.memory.field in contents:
                    raise BoardError(f"{row.memory.field} is mapped as RAM: map it as ROM")


def wrong(board: Board, arena: Arena) -> str:
    """The slot of which *arena* has what cannot be; nothing if all is well."""
    for sheet in arena.sheets:
        device = board.slots[sheet.name].device.name
        length, protected, changes = (
            int(arena[f"{device}.{name}"][0]) for name in ("length", "protected", "changes")
        )
        identity = sheet.identified(arena.bytes)
        there = 0 if identity == NOTHING else len(arena.known[identity].content)
        marks = 0 if sheet.written is None else int(arena[sheet.written.name].max())
        if length != there or protected not in (0, 1) or not 0 <= changes < 1 << 32 or marks > 1:
            return sheet.name
    return ""


def sheet_of(arena: Arena, field: str) -> Sheet | None:
    """The sheet whose content is the arena's *field*."""
    return next((sheet for sheet in arena.sheets if sheet.content.name == field), None)
