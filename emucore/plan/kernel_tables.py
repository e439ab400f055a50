"""The kernel's tables and the page tables, as a board's description has them.

See :mod:`emucore.kernel.kernel` for what the rows hold.
"""

from __future__ import annotations

from emucore.board import CpuPart, Memory, Range, Wire
from emucore.kernel import kernel as k
from emucore.language.registers import NEVER
from emucore.plan.plan import Plan

#: Ticks that a quantum has at most: for ever.
LONGEST = 1 << 62


class Tables:
    """Writes the tables of *plan*'s board into the *words* of an arena."""

    def __init__(self, plan: Plan, words: memoryview[int]) -> None:
        self.plan = plan
        self.board = plan.board
        self.words = words

    def fill(self) -> None:
        """Write all of them."""
        rows = {"events": self._events(), "catches": self._catches(), "wires": self._wires()}
        rows["banks"] = self._spaces()
        self._lines()
        for table, length in (
            ("events", k.EVENT_ROW),
            ("catches", k.CATCH_ROW),
            ("wires", k.WIRE_ROW),
            ("banks", k.BANK_ROW),
        ):
            for i, row in enumerate(rows[table]):
                self._put(table, i, length, row)
        counts = {"cpus": len(self.board.cpus), **{name: len(r) for name, r in rows.items()}}
        for i, name in enumerate(("cpus", "events", "wires", "banks", "catches")):
            self.words[2 * i] = counts[name]
            self.words[2 * i + 1] = self.plan.word(f"table.{name}")
        self.words[k.QUANTUM] = min(self.board.quantum, LONGEST)  # a sum with a time fits a word
        self.words[k.STOP] = NEVER
        self.words[k.HIT_TABLE] = self.plan.word("table.hits")

    def _put(self, table: str, row: int, length: int, values: list[int]) -> int:
        """Write a table row; its word offset."""
        at = self.plan.word(f"table.{table}") + row * length
        for i, value in enumerate(values):
            self.words[at + i] = value
        return at

    def _spaces(self) -> list[list[int]]:
        """Write CPUs, their spaces, ranges and page tables; the rows of banks, for later."""
        word, banks = self.plan.word, []
        space_row = range_row = 0
        for i, part in enumerate(self.board.cpus):
            base = self.plan.base(part)
            first = word("table.spaces") + space_row * k.SPACE_ROW
            clock = word(f"{part.name}.clock")
            self._put("cpus", i, k.CPU_ROW, [base // 8, part.divider, clock, first])
            self.words[base // 8 + k.CPU_INDEX] = i
            for m in part.spaces.values():
                start = word("table.ranges") + range_row * k.RANGE_ROW
                mask = (1 << m.space.bits) - 1
                tables = [word(f"{part.name}.{m.space.name}.{w}") for w in ("reads", "writes")]
                row = [start, len(m.ranges), mask, m.open_bus, m.space.page_bits, *tables]
                hooked = word("table.hooked") + space_row * k.HOOKED_MOST * k.HOOKED_ROW
                row += [m.space.big_endian, hooked, 0]
                space = self._put("spaces", space_row, k.SPACE_ROW, row)
                space_row += 1
                for r in m.ranges:
                    at = self._put("ranges", range_row, k.RANGE_ROW, self._range(r, mask))
                    range_row += 1
                    if r.bank is not None:
                        banks.append(self._bank(r, at, space, base))
                self._show(part, m.ranges, space)
        return banks

    def _events(self) -> list[list[int]]:
        rows = []
        for device in self.board.devices.values():
            if "event" in device.functions:
                due = next(n for n, s in device.fields.items() if s.role == "due")
                function = self.plan.function(device, "event")
                rows.append(
                    [self.plan.word(f"{device.name}.{due}"), function, self._at(device.name)]
                )
        return rows

    def _catches(self) -> list[list[int]]:
        return [
            [self.plan.function(device, "catch_up"), self._at(device.name)]
            for device in self.board.devices.values()
            if "catch_up" in device.functions
        ]

    def _at(self, field: str) -> int:
        return self.plan.layout.fields[field].offset

    def _target(self, memory: Memory) -> int:
        return self._at(memory.field) + memory.offset

    def _range(self, r: Range, mask: int) -> list[int]:
        wait = -1
        if r.device is not None and "wait" in r.device.fields:
            wait = self.plan.word(f"{r.device.name}.wait")
        if r.memory is not None:
            target, length = self._target(r.memory), r.memory.size
            if r.bank is not None:
                length = r.end - r.start + 1
        else:
            assert r.device is not None
            target, length = self._at(r.device.name), 1
        functions = [-1, -1]
        if r.device is not None:
            functions = [self.plan.function(r.device, name) for name in (r.read, r.write)]
        row = [r.start, r.end, mask & ~r.mirror, r.kind, target, length]
        return [*row, *functions, r.waits, wait]

    def _bank(self, r: Range, row: int, space: int, base: int) -> list[int]:
        assert r.bank is not None
        assert r.memory is not None
        window = r.end - r.start + 1
        register = self.plan.word(f"{r.bank.device.name}.{r.bank.register}")
        count = max(1, r.memory.size // window)
        return [register, -1, self._target(r.memory), window, count, row, space, base]

    def _groups(self) -> dict[tuple[CpuPart | None, str], list[Wire]]:
        """The sources of each wire."""
        groups: dict[tuple[CpuPart | None, str], list[Wire]] = {}
        for wire in self.board.wires:
            groups.setdefault((wire.cpu, wire.line), []).append(wire)
        return groups

    def _latch(self, part: CpuPart, line: str) -> int:
        """Where the latch of the wire to an input line is; -1 for a level, and if there is none."""
        wires = list(self._groups())
        if not part.line(line).edge or (part, line) not in wires:
            return -1
        return self.plan.word("machine.latches") + wires.index((part, line))

    def _past(self, part: CpuPart, line: str) -> tuple[int, int]:
        """Where it is kept when the last assertion that is over began and ended; -1: is not."""
        before = part.line(line).before
        if before is None:
            return -1, -1
        since, until = (self.plan.word(f"{part.name}.{register.name}") for register in before)
        return since, until

    def _wires(self) -> list[list[int]]:
        rows = []
        for (part, line), wires in self._groups().items():
            sources = [self.plan.word(f"{w.device.name}.{w.source}") for w in wires]
            if part is None:
                head = [k.STOP, -1, -1, -1, -1]
            else:
                to, cpu = self.plan.word(f"{part.name}.{line}"), self.board.cpus.index(part)
                head = [to, cpu, self._latch(part, line), *self._past(part, line)]
            rows.append([*head, len(sources), *sources])
        return rows

    def _lines(self) -> None:
        """Write the rows of the CPUs' input lines, wired or not."""
        number = 0
        for i, part in enumerate(self.board.cpus):
            lines = part.lines()
            row = self.plan.word("table.cpus") + i * k.CPU_ROW
            self.words[row + k.CPU_LINES] = self.plan.word("table.lines") + number * k.LINE_ROW
            self.words[row + k.CPU_LINE_COUNT] = len(lines)
            for line in lines:
                register, (since, _) = self.plan.word(f"{part.name}.{line}"), self._past(part, line)
                columns = [register, self._latch(part, line), since]
                self._put("lines", number, k.LINE_ROW, columns)
                number += 1

    def _show(self, part: CpuPart, ranges: list[Range], space: int) -> None:
        """Fill the page tables of one space: the first range that has any of a page decides.

        The kernel changes the entries of banks as their registers say, and none else ever changes.
        """
        words = self.words
        bits = words[space + k.SPACE_PAGE_BITS]
        reads, writes = words[space + k.SPACE_READS], words[space + k.SPACE_WRITES]
        if not bits:
            return
        pages = (words[space + k.SPACE_MASK] + 1) >> bits
        for page in range(pages):
            words[reads + page] = words[writes + page] = k.SLOW
        size, base = 1 << bits, self.plan.base(part)
        for i, r in reversed(list(enumerate(ranges))):
            row = words[space + k.SPACE_RANGES] + i * k.RANGE_ROW
            keep, length = words[row + k.RANGE_MASK], words[row + k.RANGE_SIZE]
            plain = r.kind <= k.RAM and not r.waits and not r.mirror & size - 1
            for page in _pages(r, bits, pages):
                address = (page << bits) & keep
                entry = k.SLOW
                if plain and r.start <= address and address + size - 1 <= r.end:
                    at = (address - r.start) % length
                    if at + size <= length:
                        entry = words[row + k.RANGE_TARGET] + at - (page << bits) - base
                if r.kind <= k.RAM or r.read is not None:
                    words[reads + page] = entry
                if r.kind <= k.RAM or r.write is not None:
                    words[writes + page] = entry if r.kind == k.RAM else k.SLOW


def _pages(r: Range, bits: int, pages: int) -> list[int]:
    """Pages that a range or one of its mirrors touches."""
    keep = ~r.mirror >> bits
    first, last = r.start >> bits, r.end >> bits
    if not r.mirror:
        return list(range(first, last + 1))
    return [page for page in range(pages) if first <= page & keep <= last]
