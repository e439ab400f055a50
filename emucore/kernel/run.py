"""The scheduler: whose turn it is, up to where, and what happens between two turns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emucore.kernel.layout import (
    ATTENDED,
    CALLS,
    CATCH_DEVICE,
    CATCH_FUNCTION,
    CATCH_ROW,
    CATCH_TABLE,
    CATCHES,
    CPU_BASE,
    CPU_CLOCK,
    CPU_DIVIDER,
    CPU_DRIVERS,
    CPU_ROW,
    CPU_SPACE_COUNT,
    CPU_SPACES,
    CPU_STEAL_COUNT,
    CPU_STEALS,
    CPU_TABLE,
    CPUS,
    CUT,
    DEADLINE,
    DRAWN,
    DRAWN_TABLE,
    EVENT_DEVICE,
    EVENT_DUE,
    EVENT_FUNCTION,
    EVENT_ROW,
    EVENT_TABLE,
    EVENTS,
    EXACT,
    EXACT_CALLS,
    FAULT,
    FAULT_TIME,
    FRAME,
    FRAME_BEGINS,
    FRAME_DEVICE,
    FRAME_DRAWS,
    FRAME_ENDS,
    FRAME_FUNCTION,
    FRAME_GOAL,
    FRAME_TICKS,
    HEED,
    HITS,
    HOOK,
    IDLE,
    MANY,
    MISSED,
    NESTED,
    QUANTUM,
    RESUME,
    SLOW,
    SOUND_BEGUN,
    SOUND_COUNT,
    SOUND_LAST,
    SPACE_HOOKS,
    SPACE_KEPT_READS,
    SPACE_KEPT_WRITES,
    SPACE_PAGES,
    SPACE_READS,
    SPACE_ROW,
    SPACE_WRITES,
    STEAL_AHEAD,
    STEAL_ROW,
    STEAL_WANTS,
    STOP,
    TAP_KIND,
    UNSEEN,
    UNTIL,
    YIELD,
)
from emucore.language.registers import NEVER


def make_nested(
    call_cpu: Callable[..., int],
    call_host: Callable[..., int],
    lines: dict[str, Any],
    compiled: Callable[[Any], Any],
) -> Any:
    """``enter(m, cpu, exact)``, ``limit(m, cpu, stop)`` and ``run_nested(m, cpu, until)``, which
    runs a CPU amid another's access."""
    ahead, ceil_div, time_of = lines["ahead"], lines["ceil_div"], lines["time_of"]

    @compiled
    def enter(m: Any, cpu: int, exact: int) -> None:
        """Run a CPU to its deadline; *exact*: instruction by instruction."""
        base = m.q[m.q[CPU_TABLE] + cpu * CPU_ROW + CPU_BASE]
        if exact == 0:
            call_cpu(m, cpu)
        else:
            usual = m.q[base + CALLS]
            m.q[base + CALLS] = m.q[base + EXACT_CALLS]
            call_cpu(m, cpu)
            m.q[base + CALLS] = usual

    @compiled
    def limit(m: Any, cpu: int, stop: int) -> int:
        """How far a CPU may run, at most to *stop*: not beyond those who may drive its lines."""
        drivers = m.q[m.q[CPU_TABLE] + cpu * CPU_ROW + CPU_DRIVERS]
        now = time_of(m, cpu)
        for c in range(m.q[CPUS]):
            if drivers >> c & 1:
                stop = min(stop, max(time_of(m, c), now + 1))
        return stop

    @compiled
    def run_nested(m: Any, cpu: int, until: int) -> int:
        """Run a CPU to master time *until*, or as far as its lines' drivers let it.

        It can return to nobody but who waits: its hooks are called by `call_host`, and where an
        engine wants to see to its translations, it goes on without them.
        """
        row = m.q[CPU_TABLE] + cpu * CPU_ROW
        base = m.q[row + CPU_BASE]
        m.q[NESTED] += 1
        stop = ceil_div(limit(m, cpu, until), m.q[row + CPU_DIVIDER])
        cycle = min(stop, ahead(m, cpu))
        while True:
            m.q[base + DEADLINE] = cycle
            enter(m, cpu, m.q[YIELD])
            cycle = stop
            if m.q[base + CUT] != 0:
                cycle = min(cycle, m.q[base + ATTENDED])
                m.q[base + CUT] = 0
            if m.q[FAULT] != 0:
                break
            stopped = m.q[HOOK] != 0 or m.q[HITS] != 0 or m.q[base + MISSED] != 0
            if stopped:
                call_host(m)
            if m.q[m.q[row + CPU_CLOCK]] >= stop or (not stopped and m.q[YIELD] == 0):
                break
            cycle = min(cycle, ahead(m, cpu))
        m.q[NESTED] -= 1
        return 0

    return enter, limit, run_nested


def make_run(
    call_device: Callable[..., int],
    enter: Any,
    limit: Any,
    lines: dict[str, Any],
    bus: dict[str, Any],
    compiled: Callable[[Any], Any],
) -> Any:
    """``run(m, end)``: see its text."""
    ahead, ceil_div, next_due = lines["ahead"], lines["ceil_div"], lines["next_due"]
    settle, hide_hooked = lines["settle"], lines["hide_hooked"]
    granted, time_of = bus["granted"], lines["time_of"]

    @compiled
    def resume(m: Any, cpu: int) -> None:
        """Have a CPU whose turn was cut short go on first."""
        base = m.q[m.q[CPU_TABLE] + cpu * CPU_ROW + CPU_BASE]
        if m.q[base + CUT] != 0:
            m.q[base + CUT] = 0
            m.q[RESUME] = cpu + 1
            m.q[base + DEADLINE] = min(m.q[base + UNTIL], m.q[base + ATTENDED])

    @compiled
    def last(m: Any) -> int:
        """The CPU that is furthest behind, the first of equals."""
        found = 0
        for c in range(1, m.q[CPUS]):
            if time_of(m, c) < time_of(m, found):
                found = c
        return found

    @compiled
    def set_exact(m: Any, cpu: int, on: int) -> None:
        """Have all pages of a CPU be SLOW, or no longer."""
        table = m.q[CPU_TABLE] + cpu * CPU_ROW
        exact = m.q[table + CPU_BASE] + EXACT
        if m.q[exact] == on:
            return
        m.q[exact] = on
        space = m.q[table + CPU_SPACES]
        for _ in range(m.q[table + CPU_SPACE_COUNT]):
            for page in range(m.q[space + SPACE_PAGES]):
                read, write = SLOW, SLOW
                if on == 0:
                    read = m.q[m.q[space + SPACE_KEPT_READS] + page]
                    write = m.q[m.q[space + SPACE_KEPT_WRITES] + page]
                m.q[m.q[space + SPACE_READS] + page] = read
                m.q[m.q[space + SPACE_WRITES] + page] = write
            if on == 0 and m.q[space + SPACE_HOOKS] != 0:
                hide_hooked(m, space)
            space += SPACE_ROW

    @compiled
    def approach(m: Any, cpu: int, cycle: int) -> int:
        """The cycle up to which a CPU may run before somebody may take cycles from it; near that,
        it is made exact."""
        table = m.q[CPU_TABLE] + cpu * CPU_ROW
        if m.q[table + CPU_STEAL_COUNT] == 0:
            return cycle
        wants = NEVER
        row = m.q[table + CPU_STEALS]
        for _ in range(m.q[table + CPU_STEAL_COUNT]):
            wants = min(wants, m.q[m.q[row + STEAL_WANTS]])
            row += STEAL_ROW
        clock = m.q[m.q[table + CPU_CLOCK]]
        first = ceil_div(wants, m.q[table + CPU_DIVIDER])
        if first - clock > STEAL_AHEAD:
            set_exact(m, cpu, 0)
            return int(min(cycle, first - STEAL_AHEAD))
        set_exact(m, cpu, 1)
        return int(max(min(cycle, first), clock + 1))

    @compiled
    def stolen(m: Any, cpu: int, before: int) -> None:
        """Grant the bus to those who wanted it *before* an instruction that has not accessed it."""
        table = m.q[CPU_TABLE] + cpu * CPU_ROW
        row = m.q[table + CPU_STEALS]
        idle = False
        for _ in range(m.q[table + CPU_STEAL_COUNT]):
            idle = idle or m.q[m.q[row + STEAL_WANTS]] <= before * m.q[table + CPU_DIVIDER]
            row += STEAL_ROW
        if idle:
            clock = m.q[table + CPU_CLOCK]
            m.q[clock] = granted(m, cpu, IDLE << TAP_KIND, 0, 0, m.q[clock])

    @compiled
    def leave(m: Any, reason: int) -> int:
        for c in range(m.q[CPUS]):
            set_exact(m, c, 0)
        return reason

    @compiled
    def catch_up(m: Any, time: int) -> None:
        table = m.q[CATCH_TABLE]
        for i in range(m.q[CATCHES]):
            row = table + i * CATCH_ROW
            call_device(m, m.q[row + CATCH_FUNCTION], m.q[row + CATCH_DEVICE], 0, 0, time)

    @compiled
    def next_frame(m: Any) -> None:
        """The present frame is over: the next one begins."""
        time = m.q[m.q[FRAME_ENDS]]
        catch_up(m, time)
        if m.q[FRAME_FUNCTION] >= 0:
            call_device(m, m.q[FRAME_FUNCTION], m.q[FRAME_DEVICE], 0, 0, time)
            if m.q[m.q[FRAME_ENDS]] <= time and m.q[FAULT] == 0:  # it would never end
                m.q[FAULT] = m.q[FRAME_FUNCTION] + 1
                m.q[FAULT_TIME] = time
        else:
            m.q[m.q[FRAME_ENDS]] = time + m.q[FRAME_TICKS]
        if m.q[FRAME_BEGINS] >= 0:
            m.q[m.q[FRAME_BEGINS]] = time
        if m.q[SOUND_COUNT] >= 0:
            m.q[SOUND_LAST] = m.q[SOUND_BEGUN]
            m.q[SOUND_BEGUN] = m.q[m.q[SOUND_COUNT]]
        m.q[m.q[FRAME]] += 1
        drawn = 1 if m.q[m.q[FRAME]] >= m.q[FRAME_DRAWS] else 0
        if m.q[m.q[UNSEEN]] == drawn:
            m.q[m.q[UNSEEN]] = 1 - drawn
            for i in range(m.q[DRAWN]):
                m.q[m.q[m.q[DRAWN_TABLE] + i]] = drawn
            m.q[HEED] = MANY
        settle(m, time)

    @compiled
    def happen(m: Any, time: int) -> None:
        """The first of the events that are due at *time*."""
        table = m.q[EVENT_TABLE]
        for i in range(m.q[EVENTS]):
            row = table + i * EVENT_ROW
            if m.q[m.q[row + EVENT_DUE]] == time:
                m.q[m.q[row + EVENT_DUE]] = NEVER
                call_device(m, m.q[row + EVENT_FUNCTION], m.q[row + EVENT_DEVICE], 0, 0, time)
                if m.q[HEED] != 0:
                    settle(m, time)
                return

    @compiled
    def run(m: Any, end: int) -> int:
        """Run the machine to master time *end*, or until as many frames are over as FRAME_GOAL
        says: 0; earlier: 1 for the host, 2 YIELD, 3 HOOK or HITS, 4 FAULT.

        Due events come first, then the question whether the end is reached, then the CPU that is
        behind.  Edges rise only where a turn begins or the run ends, which is the same for every
        engine.  With one CPU, a run in one go and in pieces is the same.  Several reach what they
        share in the order of time, but one that waits amid an access is not entered again, and one
        may be drawn on behind the end by another's access: the same ends make the same run.
        """
        m.q[HEED] = MANY
        settle(m, time_of(m, last(m)))
        for c in range(m.q[CPUS]):  # an engine may have run some of it on its own
            resume(m, c)
        while True:
            turn = int(last(m))
            now = int(time_of(m, turn))
            if m.q[FAULT] != 0:
                return int(leave(m, 4))
            first = next_due(m)
            ends = m.q[m.q[FRAME_ENDS]]
            if first <= now and first <= ends:
                happen(m, first)
                continue
            if ends <= now and ends < end:
                next_frame(m)
                if m.q[m.q[FRAME]] >= m.q[FRAME_GOAL] and m.q[FAULT] == 0:
                    for c in range(m.q[CPUS]):
                        ahead(m, c)
                    return int(leave(m, 0))
                continue
            if m.q[STOP] <= now:
                return int(leave(m, 1))
            if m.q[HOOK] != 0:
                return int(leave(m, 3))
            if m.q[YIELD] != 0:
                m.q[YIELD] = 0
                return int(leave(m, 2))
            if m.q[HITS] != 0:
                return int(leave(m, 3))
            if now >= end:
                catch_up(m, end)
                for c in range(m.q[CPUS]):
                    ahead(m, c)
                return int(leave(m, 0 if m.q[FAULT] == 0 else 4))
            stop = min(min(first, end), min(m.q[STOP], ends))
            if m.q[CPUS] > 1:
                if m.q[QUANTUM] != 0:
                    stop = min(stop, now + m.q[QUANTUM])
                else:
                    stop = limit(m, turn, stop)
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
            cycle = approach(m, turn, min(cycle, ahead(m, turn)))
            base = m.q[row + CPU_BASE]
            m.q[base + DEADLINE] = cycle
            before = m.q[m.q[row + CPU_CLOCK]]
            enter(m, turn, m.q[base + EXACT])
            resume(m, turn)
            if m.q[base + EXACT] != 0:
                stolen(m, turn, before)

    return run
