"""The machine kernel: bus, lines, events and the scheduler, over the arena.

These functions are the only definition of how a machine's parts act on each other.  The reference
engine runs them as Python; the compiled engines run the same source compiled by numba.  So they
use ints and two views of the arena: ``m.q`` (64-bit words) and ``m.b`` (bytes), and they reach a
device or a CPU through ``call_device`` and ``call_cpu``, which each engine supplies.

Tables are rows of words built by :mod:`emucore.board`; a ``*_ROW`` constant is a row's length, and
the other constants of a block are columns.  *Word* offsets index ``m.q``; byte offsets ``m.b``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emucore.ir.ops import KINDS
from emucore.language.registers import NEVER

# The header, at word 0 of the arena.
CPUS, CPU_TABLE, EVENTS, EVENT_TABLE, WIRES, WIRE_TABLE, BANKS, BANK_TABLE = range(8)
CATCHES, CATCH_TABLE, STOP, QUANTUM = range(8, 12)
# For an engine that translates: YIELD asks `run` to return, PROGRAM is the distance from a byte of
# memory to the byte that marks it as translated (0: none are), CHANGED that one was written.
YIELD, PROGRAM, CHANGED = range(12, 15)
# HOOK: the index + 1 of the CPU that has stopped in front of a hooked instruction.  RESUME: that of
# the one that goes on first, with the rest of its budget, as if it had not stopped.
HOOK, RESUME = range(15, 17)
# CUT: the index + 1 of the CPU whose turn an engine's need has cut short; it would have had until
# cycle UNTIL, and has the rest when `run` is called again.
CUT, UNTIL = range(17, 19)
# FAULT: the number + 1 of a device function that has gone beyond an array, at time FAULT_TIME.
FAULT, FAULT_TIME = range(19, 21)
# HITS: accesses to hooked memory that nobody has been told of yet, rows of HIT_TABLE (what is more
# than HIT_MOST is counted alone).
HITS, HIT_TABLE = range(21, 23)
# HEED: not 0 where a device function has gone wrong, or has changed what the kernel must heed (a
# line, a due time, the register of a bank).
HEED = 23
HEADER_WORDS = 26

# A CPU's own header, at its base: the only part whose layout compiled code knows.
DEADLINE, ARENA, CALLS, BUS_READ, BUS_WRITE, CPU_INDEX, AFTER, CPU_ENTRY = range(8)
# Of an engine that translates: MARKS points at the mark of the CPU's own base, a byte for each
# granule of memory, not 0 where translated code lies; BYTE_MARKS is the same with a mark for each
# byte; from address OPEN on, the next OPEN_SIZE bytes have none.
MARKS, BYTE_MARKS, OPEN, OPEN_SIZE = range(8, 12)
# HOOKS points at a byte for each address (or for all that share it), not 0 where hooks may be; the
# hooks of the boundary at which the CPU goes on have been called if its pc is PASSED.
HOOKS, PASSED = range(12, 14)
# Of a VLIW: PACKETS points at a table of those it has met (:mod:`jit.interpreter.packet_handlers`);
# MISSED is 1 if it has stopped behind the boundary routine, in front of one that it has not.
PACKETS, MISSED = range(14, 16)
# BEGAN: the pc at the boundary where the present instruction began, while memory has hooks.
BEGAN = 16
# ATTENDED: the cycle that the instruction which a cut ends asked to attend at; NEVER if it did not.
ATTENDED = 17
NOWHERE = -1
CPU_HEADER_WORDS = 24

# CPU table: base (word), master ticks a cycle, clock register (word), row of its first space, row
# of its first input line, number of those.
CPU_BASE, CPU_DIVIDER, CPU_CLOCK, CPU_SPACES, CPU_LINES, CPU_LINE_COUNT, CPU_ROW = range(7)

# Input line of a CPU: its register (word), the latch of the wire to it (word; -1: none), where the
# assertion before began (word; -1: not kept).
LINE_REGISTER, LINE_LATCH, LINE_SINCE, LINE_ROW = range(4)

# Space table: first range row (word), number of ranges, address mask, value of unmapped reads,
# page bits, read table and write table (words), 1 if the byte at the lowest address is the highest,
# first row of hooked addresses (word) and their number.
(
    SPACE_RANGES,
    SPACE_COUNT,
    SPACE_MASK,
    SPACE_OPEN,
    SPACE_PAGE_BITS,
    SPACE_READS,
    SPACE_WRITES,
    SPACE_BIG_ENDIAN,
    SPACE_HOOKED,
    SPACE_HOOKS,
    SPACE_ROW,
) = range(11)

# Hooked addresses, of which reads (1), writes (2) or both (3) are told; a space has so many rows.
HOOKED_START, HOOKED_END, HOOKED_WAYS, HOOKED_ROW = range(4)
HOOKED_MOST = 64
READS, WRITES = 1, 2

# A hit: CPU, space, way, kind, address, width, value (low and high 32 bits), clock, pc.
(
    HIT_CPU,
    HIT_SPACE,
    HIT_WAY,
    HIT_KIND,
    HIT_ADDRESS,
    HIT_WIDTH,
    HIT_LOW,
    HIT_HIGH,
    HIT_CLOCK,
    HIT_PC,
    HIT_ROW,
) = range(11)
#: More accesses than any instruction makes.
HIT_MOST = 128

# A range of addresses.  KIND says what answers; WAITS are CPU cycles, WAIT_WORD a device's `wait`.
(
    RANGE_START,
    RANGE_END,
    RANGE_MASK,
    RANGE_KIND,
    RANGE_TARGET,
    RANGE_SIZE,
    RANGE_READ,
    RANGE_WRITE,
    RANGE_WAITS,
    RANGE_WAIT_WORD,
    RANGE_ROW,
) = range(11)
#: TAPPED: a device that is told kind and width too.  WATCH: one that writes only pass by.
ROM, RAM, DEVICE, TAPPED, WATCH = range(5)

# Event: word of `due`, function number, byte offset of the device.
EVENT_DUE, EVENT_FUNCTION, EVENT_DEVICE, EVENT_ROW = range(4)

# Catch-up: function number, byte offset of the device.
CATCH_FUNCTION, CATCH_DEVICE, CATCH_ROW = range(3)

# Wire: destination word, CPU index (-1: the host), edge latch word (-1: level), words for where the
# assertion before began and ended (-1: not kept), sources.  A latch holds the time at which its
# wire was asserted; NEVER while it is not; and ~time of an edge that is yet to come, or has come
# and is yet to reach the CPU.
WIRE_TO, WIRE_CPU, WIRE_LATCH, WIRE_SINCE, WIRE_UNTIL, WIRE_SOURCES, WIRE_FROM = range(7)
WIRE_MOST = 6
WIRE_ROW = WIRE_FROM + WIRE_MOST

# Bank: its register (word), what the page tables show now (word), byte offset of bank 0, bytes a
# bank, number of banks, range row (word), space row (word), CPU base (byte).
(
    BANK_REGISTER,
    BANK_SHOWN,
    BANK_MEMORY,
    BANK_SIZE,
    BANK_COUNT,
    BANK_RANGE,
    BANK_SPACE,
    BANK_CPU,
    BANK_ROW,
) = range(9)

#: A page-table entry that sends the access to the bus.  Others are even.
SLOW = 1

#: Kinds of access that bring a program's bytes: executing is not reading.
FETCH, OPERAND = KINDS.index("fetch"), KINDS.index("operand")

#: Kind and width of an access in the offset that a TAPPED device is given.
TAP_KIND, TAP_WIDTH = 40, 48


def make_kernel(
    call_device: Callable[..., int], call_cpu: Callable[..., int], compiled: Callable[[Any], Any]
) -> tuple[Any, Any, Any, Any]:
    """The kernel's functions ``(bus_read, bus_write, settle, run)`` for one kind of engine.

    ``call_device(m, function, device, offset, value, time) -> int``; ``call_cpu(m, index) -> int``;
    ``compiled`` is applied to each function (the identity for Python).
    """

    @compiled
    def ceil_div(a: int, b: int) -> int:
        return -(-a // b)

    @compiled
    def find(m: Any, space: int, address: int, function: int, skipped: int) -> int:
        """The range row (word) that answers *address* of the space row, or -1.

        *function* is the column RANGE_READ or RANGE_WRITE: a device that lacks the function
        leaves the access to the rows below it.  The first *skipped* rows are passed over.
        """
        row = m.q[space + SPACE_RANGES] + skipped * RANGE_ROW
        for _ in range(skipped, m.q[space + SPACE_COUNT]):
            seen = address & m.q[row + RANGE_MASK]
            if m.q[row + RANGE_START] <= seen <= m.q[row + RANGE_END] and (
                m.q[row + RANGE_KIND] <= RAM or m.q[row + function] >= 0
            ):
                return int(row)
            row += RANGE_ROW
        return -1

    @compiled
    def show(m: Any, space: int, row: int, cpu: int) -> None:
        """Write the page-table entries of a range of memory, mirrors included.

        An entry is ``offset of the page's memory - address of the page - CPU base``, so that
        compiled code adds the address alone.  Pages that are SLOW, being shared with other rows,
        stay so.
        """
        bits = m.q[space + SPACE_PAGE_BITS]
        pages = (m.q[space + SPACE_MASK] + 1) >> bits
        start = m.q[row + RANGE_START]
        end = m.q[row + RANGE_END]
        for page in range(pages):
            address = (page << bits) & m.q[row + RANGE_MASK]
            if start <= address and address + (1 << bits) - 1 <= end:
                at = (address - start) % m.q[row + RANGE_SIZE]
                entry = m.q[row + RANGE_TARGET] + at - (page << bits) - cpu
                shown = m.q[space + SPACE_READS] + page
                if m.q[shown] != SLOW and find(m, space, page << bits, RANGE_READ, 0) == row:
                    m.q[shown] = entry
                shown = m.q[space + SPACE_WRITES] + page
                if m.q[shown] != SLOW and find(m, space, page << bits, RANGE_WRITE, 0) == row:
                    m.q[shown] = entry

    @compiled
    def next_due(m: Any) -> int:
        """Time of the next event."""
        time = NEVER
        table = m.q[EVENT_TABLE]
        for i in range(m.q[EVENTS]):
            time = min(time, m.q[m.q[table + i * EVENT_ROW + EVENT_DUE]])
        return time

    @compiled
    def heed(m: Any, cpu: int, cycle: int) -> None:
        """Let a CPU stop at *cycle*, if it would not stop before."""
        deadline = m.q[m.q[CPU_TABLE] + cpu * CPU_ROW + CPU_BASE] + DEADLINE
        m.q[deadline] = min(m.q[deadline], cycle)
        if m.q[CUT] == cpu + 1:
            m.q[UNTIL] = min(m.q[UNTIL], cycle)

    @compiled
    def rise(m: Any, register: int, latch: int, divider: int) -> None:
        """Give a CPU the edge that *latch* has for it; it notices one at a time."""
        m.q[latch] = ~m.q[latch]
        if m.q[register] == NEVER:
            m.q[register] = ceil_div(m.q[latch], divider)

    @compiled
    def follow(m: Any, row: int, time: int, now: int) -> bool:
        """Have the latch of the wire *row* follow it: asserted at *time*, as seen from *now*.

        What was to come behind *now* has not come, if it is withdrawn or moved.
        """
        latch = m.q[row + WIRE_LATCH]
        seen = m.q[latch]
        if seen < 0:
            if ~seen == time:
                return False
            if ~seen <= now:
                divider = m.q[m.q[CPU_TABLE] + m.q[row + WIRE_CPU] * CPU_ROW + CPU_DIVIDER]
                rise(m, m.q[row + WIRE_TO], latch, divider)
                seen = ~seen
            else:
                seen = NEVER
        falls = seen == NEVER or time > now
        m.q[latch] = ~time if falls and time != NEVER else time
        return True

    @compiled
    def ahead(m: Any, cpu: int) -> int:
        """The next cycle at which a line of a CPU will be asserted; edges that have come rise."""
        row = m.q[CPU_TABLE] + cpu * CPU_ROW
        clock = m.q[m.q[row + CPU_CLOCK]]
        cycle = NEVER
        line = m.q[row + CPU_LINES]
        for _ in range(m.q[row + CPU_LINE_COUNT]):
            register = m.q[line + LINE_REGISTER]
            latch = m.q[line + LINE_LATCH]
            if latch >= 0 and m.q[latch] < 0:
                time = ceil_div(~m.q[latch], m.q[row + CPU_DIVIDER])
                if time > clock:
                    cycle = min(cycle, time)
                else:
                    rise(m, register, latch, m.q[row + CPU_DIVIDER])
            if m.q[register] > clock:
                cycle = min(cycle, m.q[register])
            since = m.q[line + LINE_SINCE]
            if since >= 0 and m.q[since] > clock:  # it came and went while others were ahead
                cycle = min(cycle, m.q[since])
            line += LINE_ROW
        return cycle

    @compiled
    def settle(m: Any, now: int) -> None:
        """Carry lines to where they are wired, show banks, and heed the next event (or a fault).

        *now* is the time of what has changed them.
        """
        table = m.q[BANK_TABLE]
        for i in range(m.q[BANKS]):
            row = table + i * BANK_ROW
            bank = m.q[m.q[row + BANK_REGISTER]] % m.q[row + BANK_COUNT]
            if m.q[row + BANK_SHOWN] != bank:
                m.q[row + BANK_SHOWN] = bank
                target = m.q[row + BANK_MEMORY] + bank * m.q[row + BANK_SIZE]
                m.q[m.q[row + BANK_RANGE] + RANGE_TARGET] = target
                show(m, m.q[row + BANK_SPACE], m.q[row + BANK_RANGE], m.q[row + BANK_CPU])
        table = m.q[WIRE_TABLE]
        for i in range(m.q[WIRES]):
            row = table + i * WIRE_ROW
            time = NEVER
            for j in range(m.q[row + WIRE_SOURCES]):
                time = min(time, m.q[m.q[row + WIRE_FROM + j]])
            time = max(time, 0)
            cpu = m.q[row + WIRE_CPU]
            changed = False
            if m.q[row + WIRE_LATCH] >= 0:
                if time != m.q[m.q[row + WIRE_LATCH]]:
                    changed = follow(m, row, time, now)
            else:
                if cpu >= 0 and time != NEVER:
                    time = ceil_div(time, m.q[m.q[CPU_TABLE] + cpu * CPU_ROW + CPU_DIVIDER])
                before = m.q[m.q[row + WIRE_TO]]
                changed = time != before
                if changed:
                    m.q[m.q[row + WIRE_TO]] = time
                    if before < time and m.q[row + WIRE_SINCE] >= 0:
                        divider = m.q[m.q[CPU_TABLE] + cpu * CPU_ROW + CPU_DIVIDER]
                        until = ceil_div(now, divider)
                        if before < until:  # else it was to come yet
                            m.q[m.q[row + WIRE_SINCE]] = before
                            m.q[m.q[row + WIRE_UNTIL]] = until
            if changed:
                if cpu >= 0:
                    heed(m, cpu, 0)
                else:
                    for c in range(m.q[CPUS]):
                        heed(m, c, 0)
        time = next_due(m) if m.q[FAULT] == 0 else 0
        for c in range(m.q[CPUS]):
            heed(m, c, ceil_div(time, m.q[m.q[CPU_TABLE] + c * CPU_ROW + CPU_DIVIDER]))

    @compiled
    def waited(m: Any, row: int, clock: int) -> int:
        """The clock after an access to the range *row*: its wait states added."""
        clock += m.q[row + RANGE_WAITS]
        if m.q[row + RANGE_WAIT_WORD] >= 0:
            clock += m.q[m.q[row + RANGE_WAIT_WORD]]
        return int(clock)

    @compiled
    def access_device(
        m: Any, row: int, cpu: int, address: int, how: int, value: int, writing: int, clock: int
    ) -> int:
        """Call a range's read or write function; ``how`` is kind and width for a tapped one."""
        function = m.q[row + RANGE_WRITE] if writing else m.q[row + RANGE_READ]
        offset = (address & m.q[row + RANGE_MASK]) - m.q[row + RANGE_START]
        if m.q[row + RANGE_KIND] == TAPPED:
            offset |= how
        time = clock * m.q[m.q[CPU_TABLE] + cpu * CPU_ROW + CPU_DIVIDER]
        result = call_device(m, function, m.q[row + RANGE_TARGET], offset, value, time)
        if m.q[HEED] != 0:
            m.q[HEED] = 0
            settle(m, time)
        return result

    @compiled
    def cut(m: Any, cpu: int) -> None:
        """End a CPU's turn with its present instruction; it has the rest of it afterwards."""
        if m.q[CUT] == 0:
            base = m.q[m.q[CPU_TABLE] + cpu * CPU_ROW + CPU_BASE]
            m.q[CUT] = cpu + 1
            m.q[UNTIL] = m.q[base + DEADLINE]
            m.q[base + DEADLINE] = 0
            m.q[base + ATTENDED] = NEVER

    @compiled
    def resume(m: Any) -> None:
        """Have the CPU whose turn was cut short go on first."""
        if m.q[CUT] != 0:
            m.q[RESUME] = m.q[CUT]
            m.q[CUT] = 0
            base = m.q[m.q[CPU_TABLE] + (m.q[RESUME] - 1) * CPU_ROW + CPU_BASE]
            m.q[base + DEADLINE] = min(m.q[UNTIL], m.q[base + ATTENDED])

    @compiled
    def tell(
        m: Any, cpu: int, space: int, way: int, how: int, address: int, value: int, clock: int
    ) -> None:
        """Note an access for the hooks of its addresses, if they have some.

        *how* is kind and width, as a TAPPED device is given them.
        """
        table = m.q[CPU_TABLE] + cpu * CPU_ROW
        row_of_space = m.q[table + CPU_SPACES] + space * SPACE_ROW
        kind = how >> TAP_KIND & 0xFF
        width = how >> TAP_WIDTH
        last = address + (width - 1) // 8
        wrapped = last - m.q[row_of_space + SPACE_MASK] - 1
        row = m.q[row_of_space + SPACE_HOOKED]
        for _ in range(m.q[row_of_space + SPACE_HOOKS]):
            start = m.q[row + HOOKED_START]
            near = (start <= last and address <= m.q[row + HOOKED_END]) or start <= wrapped
            if near and m.q[row + HOOKED_WAYS] & way != 0:
                if m.q[HITS] < HIT_MOST:
                    hit = m.q[HIT_TABLE] + m.q[HITS] * HIT_ROW
                    m.q[hit + HIT_CPU] = cpu
                    m.q[hit + HIT_SPACE] = space
                    m.q[hit + HIT_WAY] = way
                    m.q[hit + HIT_KIND] = kind
                    m.q[hit + HIT_ADDRESS] = address
                    m.q[hit + HIT_WIDTH] = width
                    m.q[hit + HIT_LOW] = value & 0xFFFFFFFF
                    m.q[hit + HIT_HIGH] = value >> 32 & 0xFFFFFFFF
                    m.q[hit + HIT_CLOCK] = clock
                    m.q[hit + HIT_PC] = m.q[m.q[table + CPU_BASE] + BEGAN]
                m.q[HITS] += 1
                cut(m, cpu)
                return
            row += HOOKED_ROW

    @compiled
    def bus_read(
        m: Any, cpu: int, space: int, kind: int, address: int, width: int, clock: int
    ) -> int:
        """Read *width* bits; the clock after the access is left in the CPU's AFTER word.

        Memory answers byte by byte; a device answers for all bits that are left at once.
        """
        table = m.q[CPU_TABLE] + cpu * CPU_ROW
        base = m.q[table + CPU_BASE]
        row_of_space = m.q[table + CPU_SPACES] + space * SPACE_ROW
        address &= m.q[row_of_space + SPACE_MASK]
        first = address
        begun = clock
        big_endian = m.q[row_of_space + SPACE_BIG_ENDIAN]
        value = 0
        left = width
        while left > 0:
            shift = left - 8 if big_endian else width - left
            row = find(m, row_of_space, address, RANGE_READ, 0)
            if row < 0:
                byte = m.q[row_of_space + SPACE_OPEN]
            elif m.q[row + RANGE_KIND] <= RAM:
                at = (address & m.q[row + RANGE_MASK]) - m.q[row + RANGE_START]
                byte = m.b[m.q[row + RANGE_TARGET] + at % m.q[row + RANGE_SIZE]] & 0xFF
                clock = waited(m, row, clock)
            else:
                how = kind << TAP_KIND | left << TAP_WIDTH
                rest = access_device(m, row, cpu, address, how, 0, 0, clock)
                if left < 64:
                    rest &= (1 << left) - 1
                clock = waited(m, row, clock)
                value |= rest if big_endian else rest << shift
                break
            value |= byte << shift
            left -= 8
            address = (address + 1) & m.q[row_of_space + SPACE_MASK]
        if m.q[row_of_space + SPACE_HOOKS] != 0 and kind != FETCH and kind != OPERAND:
            tell(m, cpu, space, READS, kind << TAP_KIND | width << TAP_WIDTH, first, value, begun)
        m.q[base + AFTER] = clock
        return value

    @compiled
    def bus_write(
        m: Any, cpu: int, space: int, kind: int, address: int, value: int, width: int, clock: int
    ) -> int:
        """Write *width* bits; the clock after the access, which is also left in AFTER."""
        table = m.q[CPU_TABLE] + cpu * CPU_ROW
        row_of_space = m.q[table + CPU_SPACES] + space * SPACE_ROW
        address &= m.q[row_of_space + SPACE_MASK]
        if m.q[row_of_space + SPACE_HOOKS] != 0:
            tell(
                m, cpu, space, WRITES, kind << TAP_KIND | width << TAP_WIDTH, address, value, clock
            )
        big_endian = m.q[row_of_space + SPACE_BIG_ENDIAN]
        left = width
        while left > 0:
            shift = left - 8 if big_endian else width - left
            row = find(m, row_of_space, address, RANGE_WRITE, 0)
            while row >= 0 and m.q[row + RANGE_KIND] == WATCH:
                access_device(m, row, cpu, address, 0, value >> shift & 0xFF, 1, clock)
                skipped = (row - m.q[row_of_space + SPACE_RANGES]) // RANGE_ROW + 1
                row = find(m, row_of_space, address, RANGE_WRITE, skipped)
            if row >= 0:
                if m.q[row + RANGE_KIND] == RAM:
                    at = (address & m.q[row + RANGE_MASK]) - m.q[row + RANGE_START]
                    at = m.q[row + RANGE_TARGET] + at % m.q[row + RANGE_SIZE]
                    same = m.b[at] & 0xFF == value >> shift & 0xFF
                    m.b[at] = value >> shift & 0xFF
                    if not same and m.q[PROGRAM] != 0 and m.b[m.q[PROGRAM] + at] != 0:
                        m.q[CHANGED] = 1
                        m.q[YIELD] = 1
                        cut(m, cpu)
                elif m.q[row + RANGE_KIND] >= DEVICE:
                    how = kind << TAP_KIND | left << TAP_WIDTH
                    rest = value if big_endian else value >> shift
                    if left < 64:
                        rest &= (1 << left) - 1
                    access_device(m, row, cpu, address, how, rest, 1, clock)
                    left = 0
                clock = waited(m, row, clock)
            left -= 8
            address = (address + 1) & m.q[row_of_space + SPACE_MASK]
        m.q[m.q[table + CPU_BASE] + AFTER] = clock
        return clock

    @compiled
    def time_of(m: Any, cpu: int) -> int:
        """The master time that a CPU has reached."""
        row = m.q[CPU_TABLE] + cpu * CPU_ROW
        return int(m.q[m.q[row + CPU_CLOCK]] * m.q[row + CPU_DIVIDER])

    @compiled
    def last(m: Any) -> int:
        """The CPU that is furthest behind, the first of equals."""
        found = 0
        for c in range(1, m.q[CPUS]):
            if time_of(m, c) < time_of(m, found):
                found = c
        return found

    @compiled
    def run(m: Any, end: int) -> int:
        """Run the machine to master time *end*: 0; earlier: 1 for the host, 2 YIELD, 3 HOOK or
        HITS, 4 FAULT.

        Due events come first, then the question whether the end is reached, then the CPU that is
        behind.  Edges rise only where a turn begins or the run ends, which is the same for every
        engine.  With one CPU, a run in one go and in pieces is the same; with several, an end cuts
        a turn, so that the same ends make the same run.
        """
        settle(m, time_of(m, last(m)))
        while True:
            turn = last(m)
            now = time_of(m, turn)
            if m.q[FAULT] != 0:
                return 4
            first = next_due(m)
            if first <= now:
                table = m.q[EVENT_TABLE]
                for i in range(m.q[EVENTS]):
                    row = table + i * EVENT_ROW
                    if m.q[m.q[row + EVENT_DUE]] == first:
                        m.q[m.q[row + EVENT_DUE]] = NEVER
                        call_device(
                            m, m.q[row + EVENT_FUNCTION], m.q[row + EVENT_DEVICE], 0, 0, first
                        )
                        settle(m, first)
                        break
                continue
            if m.q[STOP] <= now:
                return 1
            if m.q[HOOK] != 0:
                return 3
            if m.q[YIELD] != 0:
                m.q[YIELD] = 0
                resume(m)
                return 2
            if m.q[HITS] != 0:
                resume(m)
                return 3
            if now >= end:
                table = m.q[CATCH_TABLE]
                for i in range(m.q[CATCHES]):
                    row = table + i * CATCH_ROW
                    call_device(m, m.q[row + CATCH_FUNCTION], m.q[row + CATCH_DEVICE], 0, 0, end)
                for c in range(m.q[CPUS]):
                    ahead(m, c)
                return 0 if m.q[FAULT] == 0 else 4
            stop = min(first, end, m.q[STOP])
            if m.q[CPUS] > 1:
                stop = min(stop, now + m.q[QUANTUM])
            cycle = ceil_div(stop, m.q[m.q[CPU_TABLE] + turn * CPU_ROW + CPU_DIVIDER])
            if m.q[RESUME] != 0:
                row = m.q[CPU_TABLE] + (m.q[RESUME] - 1) * CPU_ROW
                rest = m.q[m.q[row + CPU_BASE] + DEADLINE]
                rest = min(rest, ceil_div(end, m.q[row + CPU_DIVIDER]))  # that may be another one
                if m.q[m.q[row + CPU_CLOCK]] < rest:
                    turn = m.q[RESUME] - 1
                    cycle = rest
                m.q[RESUME] = 0
            row = m.q[CPU_TABLE] + turn * CPU_ROW
            m.q[m.q[row + CPU_BASE] + DEADLINE] = min(cycle, ahead(m, turn))
            call_cpu(m, turn)

    return bus_read, bus_write, settle, run
