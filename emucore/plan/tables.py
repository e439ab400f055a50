"""The kernel's tables and the page tables, as a board's description has them.

See :mod:`emucore.kernel.layout` for what the rows hold.
"""

from __future__ import annotations

from emucore.board import AddressMap, CpuPart, Memory, Range, Wire
from emucore.device import Device
from emucore.device.speaker import DIRECT, LEFT, LEFT_GAIN, NUMBER, ONE
from emucore.kernel import layout as k
from emucore.language.registers import NEVER
from emucore.plan.pages import first_rows, runs, show
from emucore.plan.plan import Plan, View

#: Ticks that a quantum has at most: for ever.
LONGEST = 1 << 62


class Tables:
    """Writes the tables of *plan*'s board into the *words* of an arena."""

    def __init__(self, plan: Plan, words: memoryview[int]) -> None:
        self.plan = plan
        self.board = plan.board
        self.words = words
        self._used: dict[str, int] = {}

    def fill(self) -> None:
        """Write all of them."""
        self._cpus()
        spaces = self._spaces()
        banks = self._banks(spaces)
        events = self._events()
        wires = self._wires()
        self._devices(banks, events, wires)
        self._lines()
        self._steals()
        self._sources()
        speaks = self.board.speaker.device if self.board.speaker else None
        for device in sorted(self.plan.devices, key=lambda d: d is speaks):  # it hears all others
            if "catch_up" in device.functions:
                function = self.plan.function(device, "catch_up")
                self._row("catches", k.CATCH_ROW, [function, self._at(device.name)])
        for name, count, table in (
            ("cpus", k.CPUS, k.CPU_TABLE),
            ("events", k.EVENTS, k.EVENT_TABLE),
            ("wires", k.WIRES, k.WIRE_TABLE),
            ("banks", k.BANKS, k.BANK_TABLE),
            ("catches", k.CATCHES, k.CATCH_TABLE),
        ):
            self.words[count] = self._used.get(name, 0)
            self.words[table] = self.plan.word(f"table.{name}")
        for name, table in (
            ("hits", k.HIT_TABLE),
            ("devices", k.DEVICE_TABLE),
            ("pends", k.PEND_TABLE),
        ):
            self.words[table] = self.plan.word(f"table.{name}")
        self.words[k.QUANTUM] = min(self.board.quantum, LONGEST)  # a sum with a time fits a word
        self.words[k.STOP] = NEVER
        self._frame()

    def _row(self, table: str, length: int, values: list[int]) -> int:
        """Append a row to a table; its word."""
        number = self._used.get(table, 0)
        self._used[table] = number + 1
        at = self.plan.word(f"table.{table}") + number * length
        for i, value in enumerate(values):
            self.words[at + i] = value
        return at

    def _at(self, field: str) -> int:
        return self.plan.layout.fields[field].offset

    # -- CPUs and spaces --------------------------------------------------------------------

    def _cpus(self) -> None:
        for i, part in enumerate(self.board.cpus):
            base = self.plan.base(part)
            drivers = sum(
                1 << j
                for j, other in enumerate(self.board.cpus)
                if other is not part and self.plan.sharing.drives(other, part)
            )
            row = self._row("cpus", k.CPU_ROW, [base // 8, part.divider])
            self.words[row + k.CPU_CLOCK] = self.plan.word(f"{part.name}.clock")
            self.words[row + k.CPU_DRIVERS] = drivers
            self.words[row + k.CPU_SPACE_COUNT] = len(part.spaces)
            self.words[base // 8 + k.CPU_INDEX] = i

    def _cpu_row(self, part: CpuPart) -> int:
        return self.plan.word("table.cpus") + self.board.cpus.index(part) * k.CPU_ROW

    def _spaces(self) -> dict[View, int]:
        """Write ranges, page tables and spaces; the rows (words) of spaces by view."""
        ranges: dict[AddressMap, int] = {}
        firsts: dict[AddressMap, int] = {}
        for m in self.plan.maps:
            firsts[m] = self._firsts(m)
            for r in m.ranges:
                row = self._range(m, r)
                ranges.setdefault(m, row)
        rows: dict[View, int] = {}
        for view in self.plan.views:
            rows[view] = self._space(view, ranges.get(view.map, 0), firsts[view.map])
        return rows

    def _firsts(self, m: AddressMap) -> int:
        """Write the table of an address map's first rows; its word."""
        fixed, chosen = self.plan.first_bits(m)
        at = self.plan.word("table.firsts") + self._used.get("firsts", 0)
        self._used["firsts"] = self._used.get("firsts", 0) + (1 << chosen)
        self.words[at : at + (1 << chosen)] = first_rows(m, fixed, chosen)
        return at

    def _space(self, view: View, ranges: int, firsts: int) -> int:
        m, space, word = view.map, view.map.space, self.plan.word
        part = view.master if isinstance(view.master, CpuPart) else None
        reads, writes = (word(f"{view.path}.{which}") for which in ("reads", "writes"))
        kept = (reads, writes)
        if self.plan.keeps(view):
            kept = word(f"{view.path}.kept_reads"), word(f"{view.path}.kept_writes")
        number = self._used.get("spaces", 0)
        hooked = word("table.hooked") + number * k.HOOKED_MOST * k.HOOKED_ROW
        row = [0] * k.SPACE_ROW
        row[k.SPACE_RANGES], row[k.SPACE_COUNT] = ranges, len(m.ranges)
        row[k.SPACE_MASK], row[k.SPACE_OPEN] = (1 << space.bits) - 1, m.open_bus
        row[k.SPACE_PAGE_BITS], row[k.SPACE_PAGES] = space.page_bits, space.pages
        row[k.SPACE_READS], row[k.SPACE_WRITES] = reads, writes
        row[k.SPACE_KEPT_READS], row[k.SPACE_KEPT_WRITES] = kept
        row[k.SPACE_BIG_ENDIAN], row[k.SPACE_HOOKED] = space.big_endian, hooked
        row[k.SPACE_FIRST_BITS], row[k.SPACE_FIRSTS] = self.plan.first_bits(m)[0], firsts
        row[k.SPACE_CPU] = -1 if part is None else self.board.cpus.index(part)
        row[k.SPACE_BASE] = 0 if part is None else self.plan.base(part)
        at = self._row("spaces", k.SPACE_ROW, row)
        if part is not None:
            cpu = self._cpu_row(part) + k.CPU_SPACES
            self.words[cpu] = self.words[cpu] or at
        else:
            port = word(view.path)
            self.words[port + k.PORT_ARENA], self.words[port + k.PORT_SPACE] = -8 * port, at
        for which, table in (("reads", reads), ("writes", writes)):
            if space.page_bits:
                self.words[table : table + space.pages] = show(self.plan, view, which == "writes")
        for live, keep in zip((reads, writes), kept, strict=True):
            if live != keep:
                self.words[keep : keep + space.pages] = self.words[live : live + space.pages]
        return at

    def _range(self, m: AddressMap, r: Range) -> int:
        row = [0] * k.RANGE_ROW
        row[k.RANGE_START], row[k.RANGE_END] = r.start, r.end
        row[k.RANGE_MASK], row[k.RANGE_KIND] = ((1 << m.space.bits) - 1) & ~r.mirror, r.kind
        if r.memory is not None:
            row[k.RANGE_TARGET] = self._target(r.memory)
            row[k.RANGE_SIZE] = r.memory.size if r.bank is None else r.end - r.start + 1
            row[k.RANGE_READ], row[k.RANGE_WRITE] = r.reads - 1, r.writes - 1
        else:
            assert r.device is not None
            row[k.RANGE_TARGET], row[k.RANGE_SIZE] = self._at(r.device.name), 1
            row[k.RANGE_READ] = self.plan.function(r.device, r.read)
            row[k.RANGE_WRITE] = self.plan.function(r.device, r.write)
        row[k.RANGE_WAIT] = -1
        if isinstance(r.waits, int):
            row[k.RANGE_WAITS] = r.waits
        else:
            row[k.RANGE_WAIT] = self.plan.function(*r.waits)
            row[k.RANGE_WAIT_DEVICE] = self._at(r.waits[0].name)
        row[k.RANGE_SHARED] = self.plan.sharing.shared(m, r)
        return self._row("ranges", k.RANGE_ROW, row)

    def _target(self, memory: Memory) -> int:
        return self._at(memory.field) + memory.offset

    def _banks(self, spaces: dict[View, int]) -> dict[Device | None, list[int]]:
        """The rows of banks, by the devices that choose them."""
        found: dict[Device | None, list[int]] = {}
        at = self.plan.word("table.ranges")
        for m in self.plan.maps:
            views = [view for view in self.plan.views if view.map is m]
            for r in m.ranges:
                if r.bank is not None:
                    found.setdefault(r.bank.device, []).append(self._bank(r, at, views, spaces))
                at += k.RANGE_ROW
        return found

    def _bank(self, r: Range, range_row: int, views: list[View], spaces: dict[View, int]) -> int:
        assert r.bank is not None
        assert r.memory is not None
        words, window, device = self.words, r.end - r.start + 1, r.bank.device
        first = self.plan.word("table.runs") + self._used.get("runs", 0) * k.RUN_ROW
        count = 0
        for view in views:
            space = spaces[view]
            base = words[space + k.SPACE_BASE]
            for writes in (False, True):
                live = words[space + (k.SPACE_WRITES if writes else k.SPACE_READS)]
                kept = words[space + (k.SPACE_KEPT_WRITES if writes else k.SPACE_KEPT_READS)]
                for page, pages, delta in runs(self.plan, view, r, writes):
                    row = [live + page, kept + page, pages, delta - base, space]
                    self._row("runs", k.RUN_ROW, row)
                    count += 1
        row = [0] * k.BANK_ROW
        if device is None:
            register, enable = "machine.zero", "machine.unseen"
        else:
            register = f"{device.name}.{r.bank.register}"
            enable = r.bank.enable and f"{device.name}.{r.bank.enable}"
        row[k.BANK_REGISTER] = self.plan.word(register)
        row[k.BANK_SHOWN], row[k.BANK_MEMORY] = -1, self._target(r.memory)
        row[k.BANK_SIZE], row[k.BANK_COUNT] = window, max(1, r.memory.size // window)
        row[k.BANK_RANGE], row[k.BANK_KIND] = range_row, r.kind
        row[k.BANK_ENABLE] = self.plan.word(enable) if enable else -1
        row[k.BANK_RUNS], row[k.BANK_RUN_COUNT] = first, count
        row[k.BANK_READ], row[k.BANK_WRITE] = r.reads - 1, r.writes - 1
        return self._row("banks", k.BANK_ROW, row)

    # -- devices and lines ------------------------------------------------------------------

    def _events(self) -> dict[Device, list[int]]:
        """The rows of events by device."""
        found: dict[Device, list[int]] = {}
        for device in self.plan.devices:
            for name, spec in device.fields.items():
                if spec.role == "due" and spec.calls["event"] in device.functions:
                    due = self.plan.word(f"{device.name}.{name}")
                    row = [due, self.plan.function(device, spec.calls["event"])]
                    at = self._row("events", k.EVENT_ROW, [*row, self._at(device.name)])
                    found.setdefault(device, []).append(at)
        return found

    def _groups(self) -> dict[tuple[CpuPart | Device | None, str], list[Wire]]:
        """The sources of each wire."""
        groups: dict[tuple[CpuPart | Device | None, str], list[Wire]] = {}
        for wire in self.board.wires:
            groups.setdefault((wire.to, wire.line), []).append(wire)
        return groups

    def _latch(self, to: CpuPart | Device, line: str) -> int:
        """Where the latch of the wire to an input is; -1 for a CPU's level, and where there is no
        wire."""
        wires = list(self._groups())
        if (to, line) not in wires or (isinstance(to, CpuPart) and not to.line(line).edge):
            return -1
        return self.plan.word("machine.latches") + wires.index((to, line))

    def _past(self, part: CpuPart, line: str) -> tuple[int, int]:
        """Where it is kept when the last assertion that is over began and ended; -1: is not."""
        before = part.line(line).before
        if before is None:
            return -1, -1
        since, until = (self.plan.word(f"{part.name}.{register.name}") for register in before)
        return since, until

    def _wires(self) -> dict[Device, list[int]]:
        """The rows of wires, by the devices that drive them."""
        found: dict[Device, list[int]] = {}
        for (to, line), wires in self._groups().items():
            row = [0] * k.WIRE_FROM
            row[k.WIRE_LATCH] = row[k.WIRE_SINCE] = row[k.WIRE_UNTIL] = -1
            row[k.WIRE_RISES] = row[k.WIRE_FALLS] = -1
            if to is None:
                row[k.WIRE_TO], row[k.WIRE_CPU] = k.STOP, k.HOST
            elif isinstance(to, CpuPart):
                row[k.WIRE_TO] = self.plan.word(f"{to.name}.{line}")
                row[k.WIRE_CPU] = self.board.cpus.index(to)
                row[k.WIRE_LATCH] = self._latch(to, line)
                row[k.WIRE_SINCE], row[k.WIRE_UNTIL] = self._past(to, line)
            else:
                self._into(to, line, row)
            sources = [self.plan.word(f"{w.device.name}.{w.source}") + w.element for w in wires]
            row[k.WIRE_SOURCES] = len(sources)
            at = self._row("wires", k.WIRE_ROW, [*row, *sources])
            for wire in wires:
                found.setdefault(wire.device, []).append(at)
        return found

    def _into(self, device: Device, name: str, row: list[int]) -> None:
        """What a wire to an input of a device calls."""
        spec, at = device.fields[name], self._at(device.name)
        row[k.WIRE_TO] = self.plan.word(f"{device.name}.{name}")
        row[k.WIRE_DEVICE], row[k.WIRE_CPU] = at, k.LEVEL
        if spec.role == "told":
            row[k.WIRE_CPU] = k.VALUE
            row[k.WIRE_RISES] = self.plan.function(device, spec.calls.get("changes"))
            return
        row[k.WIRE_RISES] = self.plan.function(device, spec.calls.get("rises"))
        row[k.WIRE_FALLS] = self.plan.function(device, spec.calls.get("falls"))
        row[k.WIRE_LATCH] = latch = self._latch(device, name)
        if row[k.WIRE_RISES] >= 0:  # an edge ahead is an event
            self._row("events", k.EVENT_ROW, [latch, row[k.WIRE_RISES], at])

    def _devices(
        self,
        banks: dict[Device | None, list[int]],
        events: dict[Device, list[int]],
        wires: dict[Device, list[int]],
    ) -> None:
        """What follows from a change of each device, by its number; of a part's, as its functions
        may be called by what it is part of, also with the number of that."""
        for device in self.plan.devices:
            row = [0] * k.DEVICE_ROW
            tree = list(device.all_parts())
            driven = dict.fromkeys(at for part in tree for at in wires.get(part, ()))
            chosen = [at for part in tree for at in banks.get(part, ())]
            for column, links in ((k.DEVICE_WIRES, [*driven]), (k.DEVICE_BANKS, chosen)):
                row[column], row[column + 1] = self._links(links), len(links)
            own = [at for part in tree for at in events.get(part, ())]
            row[k.DEVICE_EVENTS], row[k.DEVICE_EVENT_COUNT] = own[0] if own else 0, len(own)
            row[k.DEVICE_STOLEN] = sum(
                {1 << self.board.cpus.index(s.cpu) for s in self.board.steals if s.device in tree}
            )
            self._row("devices", k.DEVICE_ROW, row)

    def _links(self, rows: list[int]) -> int:
        at = self.plan.word("table.links") + self._used.get("links", 0)
        self._used["links"] = self._used.get("links", 0) + len(rows)
        for i, row in enumerate(rows):
            self.words[at + i] = row
        return at

    def _lines(self) -> None:
        """Write the rows of the CPUs' input lines, wired or not."""
        for part in self.board.cpus:
            row = self._cpu_row(part)
            first = self.plan.word("table.lines") + self._used.get("lines", 0) * k.LINE_ROW
            self.words[row + k.CPU_LINES] = first
            self.words[row + k.CPU_LINE_COUNT] = len(part.lines())
            for line in part.lines():
                register, (since, _) = self.plan.word(f"{part.name}.{line}"), self._past(part, line)
                self._row("lines", k.LINE_ROW, [register, self._latch(part, line), since])

    def _steals(self) -> None:
        for part in self.board.cpus:
            row = self._cpu_row(part)
            steals = [steal for steal in self.board.steals if steal.cpu is part]
            used = self._used.get("steals", 0) * k.STEAL_ROW
            self.words[row + k.CPU_STEALS] = self.plan.word("table.steals") + used
            self.words[row + k.CPU_STEAL_COUNT] = len(steals)
            for steal in steals:
                device, spec = steal.device, steal.device.fields[steal.field]
                wants = self.plan.word(f"{device.name}.{steal.field}")
                function = self.plan.function(device, spec.calls["grant"])
                self._row("steals", k.STEAL_ROW, [wants, function, self._at(device.name)])

    def _sources(self) -> None:
        """Which channels hear the sound of a device's ports."""
        for number, source in enumerate(self.board.sources):
            speaker, rate = self.board.speaker, source.device.fields[source.port].bits
            assert speaker is not None
            at = self._at(f"{source.device.name}.{source.port}")
            for i, part in enumerate(speaker.device.parts):
                channel = self._at(getattr(speaker.device, part).name)
                self.words[at // 8 + LEFT + i] = channel - at
                self.words[at // 8 + LEFT_GAIN + i] = round(source.gains()[i] * ONE)
            self.words[at // 8 + NUMBER] = number
            self.words[at // 8 + DIRECT] = rate == speaker.rate

    def _frame(self) -> None:
        """Who says when a frame ends, and who is told whether it is looked at."""
        words, word = self.words, self.plan.word
        words[k.FRAME], words[k.FRAME_ENDS] = word("machine.frame"), word("machine.ends")
        words[k.FRAME_TICKS], words[k.FRAME_FUNCTION] = self.board.frame_ticks, -1
        begins = "machine.begins"
        words[k.FRAME_BEGINS] = word(begins) if begins in self.plan.layout.fields else -1
        words[k.FRAME_GOAL] = NEVER
        for device in self.plan.devices:
            for name, spec in device.fields.items():
                at = word(f"{device.name}.{name}") if spec.role in ("frame", "drawn") else 0
                if spec.role == "frame":
                    words[k.FRAME_ENDS] = at
                    words[k.FRAME_FUNCTION] = self.plan.function(device, spec.calls["frame"])
                    words[k.FRAME_DEVICE] = self._at(device.name)
                elif spec.role == "drawn":
                    self._row("drawn", 1, [at])
        speaker = self.board.speaker
        words[k.SOUND_COUNT] = word(f"{speaker.device.name}.{speaker.count}") if speaker else -1
        words[k.UNSEEN] = word("machine.unseen")
        words[k.DRAWN_TABLE], words[k.DRAWN] = word("table.drawn"), self._used.get("drawn", 0)
