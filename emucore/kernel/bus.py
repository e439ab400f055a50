"""The bus: what answers an access, when, and who else must come first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emucore.kernel.layout import (
    AFTER,
    ATTENDED,
    BEGAN,
    CHANGED,
    CPU_BASE,
    CPU_DIVIDER,
    CPU_ROW,
    CPU_SPACES,
    CPU_STEAL_COUNT,
    CPU_STEALS,
    CPU_TABLE,
    CPUS,
    CUT,
    DEADLINE,
    DONE,
    EXACT,
    FAULT,
    FETCH,
    FREE,
    HEED,
    HIT_ADDRESS,
    HIT_CLOCK,
    HIT_CPU,
    HIT_HIGH,
    HIT_KIND,
    HIT_LOW,
    HIT_MOST,
    HIT_PC,
    HIT_ROW,
    HIT_SPACE,
    HIT_TABLE,
    HIT_WAY,
    HIT_WIDTH,
    HITS,
    HOOKED_END,
    HOOKED_ROW,
    HOOKED_START,
    HOOKED_WAYS,
    OPERAND,
    PEND_ADDRESS,
    PEND_CLOCK,
    PEND_HOW,
    PEND_RANGE,
    PEND_RESULT,
    PEND_ROW,
    PEND_SPACE,
    PEND_STATE,
    PEND_TABLE,
    PEND_TIME,
    PEND_VALUE,
    PEND_WRITING,
    PROGRAM,
    RAM,
    RANGE_END,
    RANGE_KIND,
    RANGE_MASK,
    RANGE_READ,
    RANGE_ROW,
    RANGE_SHARED,
    RANGE_SIZE,
    RANGE_START,
    RANGE_TARGET,
    RANGE_WAIT,
    RANGE_WAIT_DEVICE,
    RANGE_WAITS,
    RANGE_WRITE,
    READS,
    SPACE_BIG_ENDIAN,
    SPACE_COUNT,
    SPACE_CPU,
    SPACE_FIRST_BITS,
    SPACE_FIRSTS,
    SPACE_HOOKED,
    SPACE_HOOKS,
    SPACE_MASK,
    SPACE_OPEN,
    SPACE_RANGES,
    SPACE_ROW,
    STEAL_DEVICE,
    STEAL_FUNCTION,
    STEAL_ROW,
    STEAL_WANTS,
    TAP_KIND,
    TAP_WIDTH,
    TAPPED,
    UNTIL,
    WAITING,
    WATCH,
    WRITES,
    YIELD,
)
from emucore.language.registers import NEVER


def make_bus(
    call_device: Callable[..., int],
    run_nested: Callable[..., int],
    lines: dict[str, Any],
    compiled: Callable[[Any], Any],
) -> dict[str, Any]:
    """The kernel's functions for accesses, by name."""
    settle, time_of = lines["settle"], lines["time_of"]

    @compiled
    def find(m: Any, space: int, address: int, function: int, skipped: int) -> int:
        """The range row (word) that answers *address* of the space row, or -1.

        *function* is the column RANGE_READ or RANGE_WRITE: what does not answer so leaves the
        access to the rows below it.  The first *skipped* rows are passed over; a table tells where
        the first is that has any part of the address's neighbourhood.
        """
        first = m.q[m.q[space + SPACE_FIRSTS] + (address >> m.q[space + SPACE_FIRST_BITS])]
        first = max(first, skipped)
        row = m.q[space + SPACE_RANGES] + first * RANGE_ROW
        for _ in range(first, m.q[space + SPACE_COUNT]):
            seen = address & m.q[row + RANGE_MASK]
            if m.q[row + RANGE_START] <= seen <= m.q[row + RANGE_END] and m.q[row + function] >= 0:
                return int(row)
            row += RANGE_ROW
        return -1

    @compiled
    def call(m: Any, function: int, device: int, offset: int, value: int, time: int) -> int:
        """Call a device, and have follow what follows from it."""
        result = call_device(m, function, device, offset, value, time)
        if m.q[HEED] != 0:
            settle(m, time)
        return result

    @compiled
    def divider_of(m: Any, cpu: int) -> int:
        """Ticks a cycle of a master: a device counts in ticks."""
        if cpu < 0:
            return 1
        return int(m.q[m.q[CPU_TABLE] + cpu * CPU_ROW + CPU_DIVIDER])

    @compiled
    def waited(m: Any, row: int, cpu: int, address: int, clock: int) -> int:
        """The clock at which a range answers: its wait states come first."""
        clock += m.q[row + RANGE_WAITS]
        if m.q[row + RANGE_WAIT] >= 0:
            time = clock * divider_of(m, cpu)
            offset = (address & m.q[row + RANGE_MASK]) - m.q[row + RANGE_START]
            device = m.q[row + RANGE_WAIT_DEVICE]
            clock += call(m, m.q[row + RANGE_WAIT], device, offset, 0, time)
        return int(clock)

    @compiled
    def cut(m: Any, cpu: int) -> None:
        """End a CPU's turn with its present instruction; it has the rest of it afterwards."""
        base = m.q[m.q[CPU_TABLE] + cpu * CPU_ROW + CPU_BASE] if cpu >= 0 else 0
        if cpu >= 0 and m.q[base + CUT] == 0:
            m.q[base + CUT] = 1
            m.q[base + UNTIL] = m.q[base + DEADLINE]
            m.q[base + DEADLINE] = 0
            m.q[base + ATTENDED] = NEVER

    @compiled
    def store(m: Any, cpu: int, at: int, byte: int) -> None:
        """Store a byte of memory; what was translated from it is no longer true."""
        same = m.b[at] & 0xFF == byte
        m.b[at] = byte
        if not same and m.q[PROGRAM] != 0 and m.b[m.q[PROGRAM] + at] != 0:
            m.q[CHANGED] = 1
            m.q[YIELD] = 1
            cut(m, cpu)

    @compiled
    def answer(
        m: Any, space: int, row: int, address: int, how: int, value: int, writing: int, clock: int
    ) -> int:
        """Have a range answer: memory with a byte, a device for as many bits as *how* says."""
        at = (address & m.q[row + RANGE_MASK]) - m.q[row + RANGE_START]
        cpu = m.q[space + SPACE_CPU]
        if m.q[row + RANGE_KIND] <= RAM:
            at = m.q[row + RANGE_TARGET] + at % m.q[row + RANGE_SIZE]
            if writing == 0:
                return int(m.b[at] & 0xFF)
            if m.q[row + RANGE_KIND] == RAM:
                store(m, cpu, at, value & 0xFF)
            return 0
        if m.q[row + RANGE_KIND] == TAPPED:
            at |= how
        function = m.q[row + RANGE_WRITE] if writing else m.q[row + RANGE_READ]
        time = clock * divider_of(m, cpu)
        return int(call(m, function, m.q[row + RANGE_TARGET], at, value, time))

    @compiled
    def meet(m: Any, cpu: int, time: int) -> None:
        """Have all happen that comes before an access of *cpu* at *time*; of two at one time, the
        lower CPU's is first.

        Other CPUs that are behind run up to it; those amid an earlier access have that done for
        them, once all that comes before it has happened in turn.
        """
        while m.q[FAULT] == 0:
            when, first = time, cpu
            for c in range(m.q[CPUS]):
                pend = m.q[PEND_TABLE] + c * PEND_ROW
                if m.q[pend + PEND_STATE] == WAITING and (
                    m.q[pend + PEND_TIME] < when or (m.q[pend + PEND_TIME] == when and c < first)
                ):
                    when, first = m.q[pend + PEND_TIME], c
            behind, who = when, first
            for c in range(m.q[CPUS]):
                if m.q[m.q[PEND_TABLE] + c * PEND_ROW + PEND_STATE] == FREE:
                    reached = time_of(m, c)
                    if reached < behind or (reached == behind and c < who):
                        behind, who = reached, c
            if who != first:
                run_nested(m, who, when + 1 if who < first else when)
            elif first != cpu:
                pend = m.q[PEND_TABLE] + first * PEND_ROW
                m.q[pend + PEND_RESULT] = answer(
                    m,
                    m.q[pend + PEND_SPACE],
                    m.q[pend + PEND_RANGE],
                    m.q[pend + PEND_ADDRESS],
                    m.q[pend + PEND_HOW],
                    m.q[pend + PEND_VALUE],
                    m.q[pend + PEND_WRITING],
                    m.q[pend + PEND_CLOCK],
                )
                m.q[pend + PEND_STATE] = DONE
            else:
                return

    @compiled
    def reach(
        m: Any, space: int, row: int, address: int, how: int, value: int, writing: int, clock: int
    ) -> int:
        """Have a range answer, in its turn among the accesses of all CPUs."""
        cpu = m.q[space + SPACE_CPU]
        if m.q[row + RANGE_SHARED] == 0 or cpu < 0:
            return int(answer(m, space, row, address, how, value, writing, clock))
        pend = m.q[PEND_TABLE] + cpu * PEND_ROW
        time = clock * divider_of(m, cpu)
        m.q[pend + PEND_TIME] = time
        m.q[pend + PEND_SPACE] = space
        m.q[pend + PEND_RANGE] = row
        m.q[pend + PEND_ADDRESS] = address
        m.q[pend + PEND_HOW] = how
        m.q[pend + PEND_VALUE] = value
        m.q[pend + PEND_WRITING] = writing
        m.q[pend + PEND_CLOCK] = clock
        m.q[pend + PEND_STATE] = WAITING
        meet(m, cpu, time)
        if m.q[pend + PEND_STATE] == DONE:
            result = m.q[pend + PEND_RESULT]
        else:
            result = answer(m, space, row, address, how, value, writing, clock)
        m.q[pend + PEND_STATE] = FREE
        return int(result)

    @compiled
    def granted(m: Any, cpu: int, how: int, address: int, writing: int, clock: int) -> int:
        """The clock at which a CPU has the bus: who takes cycles from it has had them."""
        table = m.q[CPU_TABLE] + cpu * CPU_ROW
        row = m.q[table + CPU_STEALS]
        for _ in range(m.q[table + CPU_STEAL_COUNT]):
            while m.q[FAULT] == 0:
                wants = m.q[m.q[row + STEAL_WANTS]]
                time = clock * m.q[table + CPU_DIVIDER]
                if wants > time:
                    break
                device = m.q[row + STEAL_DEVICE]
                taken = call(m, m.q[row + STEAL_FUNCTION], device, address | how, writing, time)
                clock += taken
                if taken <= 0 and m.q[m.q[row + STEAL_WANTS]] == wants:
                    break  # it cannot have this access
            row += STEAL_ROW
        return int(clock)

    @compiled
    def tell(m: Any, space: int, way: int, how: int, address: int, value: int, clock: int) -> None:
        """Note an access for the hooks of its addresses, if they have some.

        *how* is kind and width, as a TAPPED device is given them.
        """
        cpu = m.q[space + SPACE_CPU]
        table = m.q[CPU_TABLE] + cpu * CPU_ROW
        kind = how >> TAP_KIND & 0xFF
        width = how >> TAP_WIDTH
        last = address + (width - 1) // 8
        wrapped = last - m.q[space + SPACE_MASK] - 1
        row = m.q[space + SPACE_HOOKED]
        for _ in range(m.q[space + SPACE_HOOKS]):
            start = m.q[row + HOOKED_START]
            near = (start <= last and address <= m.q[row + HOOKED_END]) or start <= wrapped
            if near and m.q[row + HOOKED_WAYS] & way != 0:
                if m.q[HITS] < HIT_MOST:
                    hit = m.q[HIT_TABLE] + m.q[HITS] * HIT_ROW
                    m.q[hit + HIT_CPU] = cpu
                    m.q[hit + HIT_SPACE] = (space - m.q[table + CPU_SPACES]) // SPACE_ROW
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
    def read(m: Any, space: int, kind: int, address: int, width: int, clock: int) -> int:
        """Read *width* bits of a space row; the clock afterwards is left in the CPU's AFTER word.

        Memory answers byte by byte; a device answers for all bits that are left at once.
        """
        address &= m.q[space + SPACE_MASK]
        cpu = m.q[space + SPACE_CPU]
        base = 0
        if cpu >= 0:
            base = m.q[m.q[CPU_TABLE] + cpu * CPU_ROW + CPU_BASE]
            if m.q[base + EXACT] != 0:
                clock = granted(m, cpu, kind << TAP_KIND, address, 0, clock)
        first = address
        begun = clock
        big_endian = m.q[space + SPACE_BIG_ENDIAN]
        value = 0
        left = width
        while left > 0:
            shift = left - 8 if big_endian else width - left
            row = find(m, space, address, RANGE_READ, 0)
            if row < 0:
                byte = m.q[space + SPACE_OPEN]
            else:
                clock = waited(m, row, cpu, address, clock)
                how = kind << TAP_KIND | left << TAP_WIDTH
                byte = reach(m, space, row, address, how, 0, 0, clock)
                if m.q[row + RANGE_KIND] > RAM:
                    if left < 64:
                        byte &= (1 << left) - 1
                    value |= byte if big_endian else byte << shift
                    break
            value |= byte << shift
            left -= 8
            address = (address + 1) & m.q[space + SPACE_MASK]
        if m.q[space + SPACE_HOOKS] != 0 and kind != FETCH and kind != OPERAND:
            tell(m, space, READS, kind << TAP_KIND | width << TAP_WIDTH, first, value, begun)
        if cpu >= 0:
            m.q[base + AFTER] = clock
        return value

    @compiled
    def write(
        m: Any, space: int, kind: int, address: int, value: int, width: int, clock: int
    ) -> int:
        """Write *width* bits; the clock afterwards."""
        address &= m.q[space + SPACE_MASK]
        cpu = m.q[space + SPACE_CPU]
        if cpu >= 0 and m.q[m.q[m.q[CPU_TABLE] + cpu * CPU_ROW + CPU_BASE] + EXACT] != 0:
            clock = granted(m, cpu, kind << TAP_KIND, address, 1, clock)
        if m.q[space + SPACE_HOOKS] != 0:
            tell(m, space, WRITES, kind << TAP_KIND | width << TAP_WIDTH, address, value, clock)
        big_endian = m.q[space + SPACE_BIG_ENDIAN]
        left = width
        while left > 0:
            shift = left - 8 if big_endian else width - left
            row = find(m, space, address, RANGE_WRITE, 0)
            while row >= 0 and m.q[row + RANGE_KIND] == WATCH:
                reach(m, space, row, address, 0, value >> shift & 0xFF, 1, clock)
                skipped = (row - m.q[space + SPACE_RANGES]) // RANGE_ROW + 1
                row = find(m, space, address, RANGE_WRITE, skipped)
            if row >= 0:
                clock = waited(m, row, cpu, address, clock)
                how = kind << TAP_KIND | left << TAP_WIDTH
                rest = value if big_endian else value >> shift
                if m.q[row + RANGE_KIND] <= RAM:
                    rest = value >> shift & 0xFF
                elif left < 64:
                    rest &= (1 << left) - 1
                reach(m, space, row, address, how, rest, 1, clock)
                if m.q[row + RANGE_KIND] > RAM:
                    break
            left -= 8
            address = (address + 1) & m.q[space + SPACE_MASK]
        return int(clock)

    @compiled
    def bus_read(
        m: Any, cpu: int, space: int, kind: int, address: int, width: int, clock: int
    ) -> int:
        """A CPU reads from its space number *space*."""
        row = m.q[m.q[CPU_TABLE] + cpu * CPU_ROW + CPU_SPACES] + space * SPACE_ROW
        return int(read(m, row, kind, address, width, clock))

    @compiled
    def bus_write(
        m: Any, cpu: int, space: int, kind: int, address: int, value: int, width: int, clock: int
    ) -> int:
        """A CPU writes; the clock afterwards, which is also left in AFTER."""
        table = m.q[CPU_TABLE] + cpu * CPU_ROW
        row = m.q[table + CPU_SPACES] + space * SPACE_ROW
        clock = write(m, row, kind, address, value, width, clock)
        m.q[m.q[table + CPU_BASE] + AFTER] = clock
        return int(clock)

    return {
        "call": call,
        "cut": cut,
        "granted": granted,
        "read": read,
        "write": write,
        "bus_read": bus_read,
        "bus_write": bus_write,
    }
