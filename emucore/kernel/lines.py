"""Lines, events and banks: what follows when a device function has changed its record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emucore.kernel.layout import (
    BANK_COUNT,
    BANK_ENABLE,
    BANK_KIND,
    BANK_MEMORY,
    BANK_RANGE,
    BANK_READ,
    BANK_REGISTER,
    BANK_ROW,
    BANK_RUN_COUNT,
    BANK_RUNS,
    BANK_SHOWN,
    BANK_SIZE,
    BANK_TABLE,
    BANK_WRITE,
    BANKS,
    CPU_BASE,
    CPU_CLOCK,
    CPU_DIVIDER,
    CPU_LINE_COUNT,
    CPU_LINES,
    CPU_ROW,
    CPU_TABLE,
    CPUS,
    DEADLINE,
    DEVICE_BANK_COUNT,
    DEVICE_BANKS,
    DEVICE_EVENT_COUNT,
    DEVICE_EVENTS,
    DEVICE_ROW,
    DEVICE_STOLEN,
    DEVICE_TABLE,
    DEVICE_WIRE_COUNT,
    DEVICE_WIRES,
    EVENT_DUE,
    EVENT_ROW,
    EVENT_TABLE,
    EVENTS,
    EXACT,
    FAULT,
    FAULT_TIME,
    FRAME_ENDS,
    FRAME_FUNCTION,
    FREE,
    HEED,
    HOOKED_END,
    HOOKED_ROW,
    HOOKED_START,
    HOOKED_WAYS,
    HOST,
    LEVEL,
    LINE_LATCH,
    LINE_REGISTER,
    LINE_ROW,
    LINE_SINCE,
    OFF,
    PEND_ROW,
    PEND_STATE,
    PEND_TABLE,
    PEND_TIME,
    RANGE_KIND,
    RANGE_READ,
    RANGE_TARGET,
    RANGE_WRITE,
    READS,
    RUN_COUNT,
    RUN_DELTA,
    RUN_KEPT,
    RUN_LIVE,
    RUN_ROW,
    RUN_SPACE,
    SLOW,
    SPACE_CPU,
    SPACE_HOOKED,
    SPACE_HOOKS,
    SPACE_PAGE_BITS,
    SPACE_PAGES,
    SPACE_READS,
    SPACE_WRITES,
    UNTIL,
    VALUE,
    WIRE_CPU,
    WIRE_DEVICE,
    WIRE_FALLS,
    WIRE_FROM,
    WIRE_LATCH,
    WIRE_RISES,
    WIRE_ROW,
    WIRE_SINCE,
    WIRE_SOURCES,
    WIRE_TABLE,
    WIRE_TO,
    WIRE_UNTIL,
    WIRES,
    WRITES,
)
from emucore.language.registers import NEVER

#: Rounds in which changes go from device to device at one time; where there are more, they go in a
#: circle for ever.
ROUNDS = 1000


def make_lines(call_device: Callable[..., int], compiled: Callable[[Any], Any]) -> dict[str, Any]:
    """The kernel's functions for lines, events and banks, by name."""

    @compiled
    def ceil_div(a: int, b: int) -> int:
        return -(-a // b)

    @compiled
    def time_of(m: Any, cpu: int) -> int:
        """The master time that a CPU has reached; amid an access that others wait for, its."""
        pend = m.q[PEND_TABLE] + cpu * PEND_ROW
        if m.q[pend + PEND_STATE] != FREE:
            return int(m.q[pend + PEND_TIME])
        row = m.q[CPU_TABLE] + cpu * CPU_ROW
        return int(m.q[m.q[row + CPU_CLOCK]] * m.q[row + CPU_DIVIDER])

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
        base = m.q[m.q[CPU_TABLE] + cpu * CPU_ROW + CPU_BASE]
        m.q[base + DEADLINE] = min(m.q[base + DEADLINE], cycle)
        m.q[base + UNTIL] = min(m.q[base + UNTIL], cycle)

    @compiled
    def heed_at(m: Any, time: int) -> None:
        """Let every CPU stop at master time *time*, if it would not stop before."""
        for c in range(m.q[CPUS]):
            heed(m, c, ceil_div(time, m.q[m.q[CPU_TABLE] + c * CPU_ROW + CPU_DIVIDER]))

    # -- a CPU's input lines ----------------------------------------------------------------

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
    def to_cpu(m: Any, row: int, time: int, now: int) -> bool:
        """Carry a wire to a CPU; whether anything has changed."""
        cpu = m.q[row + WIRE_CPU]
        if m.q[row + WIRE_LATCH] >= 0:
            return bool(time != m.q[m.q[row + WIRE_LATCH]] and follow(m, row, time, now))
        divider = m.q[m.q[CPU_TABLE] + cpu * CPU_ROW + CPU_DIVIDER]
        if time != NEVER:
            time = ceil_div(time, divider)
        before = m.q[m.q[row + WIRE_TO]]
        if time == before:
            return False
        m.q[m.q[row + WIRE_TO]] = time
        if before < time and m.q[row + WIRE_SINCE] >= 0:
            until = ceil_div(now, divider)
            if before < until:  # else it was to come yet
                m.q[m.q[row + WIRE_SINCE]] = before
                m.q[m.q[row + WIRE_UNTIL]] = until
        return True

    # -- a device's ----------------------------------------------------------------------------

    @compiled
    def to_device(m: Any, row: int, time: int, now: int) -> None:
        """Carry a wire to a device, and call it for an edge; one ahead is an event."""
        before = m.q[m.q[row + WIRE_TO]]
        if time == before:
            return
        latch = m.q[row + WIRE_LATCH]
        rises = m.q[latch] == before <= now  # whose event is due, but has not been called
        m.q[latch] = NEVER
        if rises:
            call_device(m, m.q[row + WIRE_RISES], m.q[row + WIRE_DEVICE], 0, 0, before)
        m.q[m.q[row + WIRE_TO]] = time
        if before <= now < time and m.q[row + WIRE_FALLS] >= 0:
            call_device(m, m.q[row + WIRE_FALLS], m.q[row + WIRE_DEVICE], 0, 0, now)
        if time <= now < before:
            if m.q[row + WIRE_RISES] >= 0:
                call_device(m, m.q[row + WIRE_RISES], m.q[row + WIRE_DEVICE], 0, 0, time)
        elif now < time != NEVER and m.q[row + WIRE_RISES] >= 0:
            m.q[latch] = time
            heed_at(m, time)

    @compiled
    def carry(m: Any, row: int, now: int) -> None:
        """Carry a wire's sources to where it goes.  *now* is the time of what has changed them."""
        where = m.q[row + WIRE_CPU]
        if where == VALUE:
            value = m.q[m.q[row + WIRE_FROM]]
            if value != m.q[m.q[row + WIRE_TO]]:
                m.q[m.q[row + WIRE_TO]] = value
                if m.q[row + WIRE_RISES] >= 0:
                    call_device(m, m.q[row + WIRE_RISES], m.q[row + WIRE_DEVICE], 0, value, now)
            return
        time = NEVER
        for j in range(m.q[row + WIRE_SOURCES]):
            time = min(time, m.q[m.q[row + WIRE_FROM + j]])
        time = max(time, 0)
        if where >= 0:
            if to_cpu(m, row, time, now):
                heed(m, where, 0)
        elif where == LEVEL:
            to_device(m, row, time, now)
        elif where == HOST and time != m.q[m.q[row + WIRE_TO]]:
            m.q[m.q[row + WIRE_TO]] = time
            for c in range(m.q[CPUS]):
                heed(m, c, 0)

    # -- banks ------------------------------------------------------------------------------

    @compiled
    def hide_hooked(m: Any, space: int) -> None:
        """Make the pages of hooked addresses SLOW."""
        bits = m.q[space + SPACE_PAGE_BITS]
        hooked = m.q[space + SPACE_HOOKED]
        for _ in range(m.q[space + SPACE_HOOKS]):
            end = min(m.q[hooked + HOOKED_END] >> bits, m.q[space + SPACE_PAGES] - 1)
            for page in range(m.q[hooked + HOOKED_START] >> bits, end + 1):
                if m.q[hooked + HOOKED_WAYS] & READS != 0:
                    m.q[m.q[space + SPACE_READS] + page] = SLOW
                if m.q[hooked + HOOKED_WAYS] & WRITES != 0:
                    m.q[m.q[space + SPACE_WRITES] + page] = SLOW
            hooked += HOOKED_ROW

    @compiled
    def show(m: Any, row: int) -> None:
        """Have a bank's window show what its register says: as many entries as it has pages."""
        bank = m.q[m.q[row + BANK_REGISTER]] % m.q[row + BANK_COUNT]
        if m.q[row + BANK_ENABLE] >= 0 and m.q[m.q[row + BANK_ENABLE]] == 0:
            bank = -2  # -1 has all shown anew
        if m.q[row + BANK_SHOWN] == bank:
            return
        m.q[row + BANK_SHOWN] = bank
        target = m.q[row + BANK_MEMORY] + bank * m.q[row + BANK_SIZE]
        window = m.q[row + BANK_RANGE]
        m.q[window + RANGE_TARGET] = target
        m.q[window + RANGE_KIND] = m.q[row + BANK_KIND] if bank >= 0 else OFF
        m.q[window + RANGE_READ] = m.q[row + BANK_READ] if bank >= 0 else -1
        m.q[window + RANGE_WRITE] = m.q[row + BANK_WRITE] if bank >= 0 else -1
        at = m.q[row + BANK_RUNS]
        for _ in range(m.q[row + BANK_RUN_COUNT]):
            entry = target + m.q[at + RUN_DELTA] if bank >= 0 else SLOW
            space = m.q[at + RUN_SPACE]
            cpu = m.q[space + SPACE_CPU]
            exact = cpu >= 0 and m.q[m.q[m.q[CPU_TABLE] + cpu * CPU_ROW + CPU_BASE] + EXACT] != 0
            for i in range(m.q[at + RUN_COUNT]):
                m.q[m.q[at + RUN_KEPT] + i] = entry
                if not exact:
                    m.q[m.q[at + RUN_LIVE] + i] = entry
            if m.q[space + SPACE_HOOKS] != 0:
                hide_hooked(m, space)
            at += RUN_ROW

    # -- what a device has changed ----------------------------------------------------------

    @compiled
    def settle_device(m: Any, device: int, now: int) -> None:
        """Have what hangs on a device follow it."""
        row = m.q[DEVICE_TABLE] + device * DEVICE_ROW
        for i in range(m.q[row + DEVICE_BANK_COUNT]):
            show(m, m.q[m.q[row + DEVICE_BANKS] + i])
        for i in range(m.q[row + DEVICE_WIRE_COUNT]):
            carry(m, m.q[m.q[row + DEVICE_WIRES] + i], now)
        if m.q[row + DEVICE_EVENT_COUNT] != 0:
            time = NEVER
            event = m.q[row + DEVICE_EVENTS]
            for _ in range(m.q[row + DEVICE_EVENT_COUNT]):
                time = min(time, m.q[m.q[event + EVENT_DUE]])
                event += EVENT_ROW
            heed_at(m, time)
        if m.q[FRAME_FUNCTION] >= 0:
            heed_at(m, m.q[m.q[FRAME_ENDS]])
        for c in range(m.q[CPUS]):
            if m.q[row + DEVICE_STOLEN] >> c & 1:
                heed(m, c, 0)

    @compiled
    def settle_all(m: Any, now: int) -> None:
        """Have all follow all."""
        table = m.q[BANK_TABLE]
        for i in range(m.q[BANKS]):
            show(m, table + i * BANK_ROW)
        table = m.q[WIRE_TABLE]
        for i in range(m.q[WIRES]):
            carry(m, table + i * WIRE_ROW, now)
        heed_at(m, next_due(m))

    @compiled
    def settle(m: Any, now: int) -> None:
        """Have what hangs on the devices that HEED names follow them, until all is at rest."""
        rounds = 0
        while m.q[HEED] != 0 and rounds < ROUNDS:
            device = m.q[HEED] - 1
            m.q[HEED] = 0
            if device >= 0:
                settle_device(m, device, now)
            else:
                settle_all(m, now)
            rounds += 1
        if m.q[HEED] != 0:
            m.q[FAULT] = -1
            m.q[FAULT_TIME] = now
        if m.q[FAULT] != 0:
            m.q[HEED] = 0
            heed_at(m, 0)

    return {
        "ceil_div": ceil_div,
        "time_of": time_of,
        "next_due": next_due,
        "ahead": ahead,
        "hide_hooked": hide_hooked,
        "settle": settle,
    }
