"""Lockstep of all engines on two CPUs: any quantum, lines ahead, hosts, hooks, interruptions.

``pytest -m long tests/engines/test_random_pairs.py`` runs a thousand pairs: 2,000 programs.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from interrupting import interrupt
from random_pairs import RandomPair, random_pair
from test_jit import eager as eager
from test_jit_bounds import quick as quick
from test_lockstep import differences
from test_random_programs import Share, jit_of
from test_random_programs import larger as larger

from emucore.history import snapshot
from emucore.machine import Machine
from jit.llvm.native import threaded

pytestmark = [
    pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers"),
    pytest.mark.usefixtures("eager", "quick", "larger"),
]

#: The first is never interrupted.
ENGINES = ("interp", "reference", "jit")
#: Ticks that a pair runs, and those that the reference keeps up with it.
LONG, SHORT = 12_000, 2500
#: Translations of a pair after which there are no more.
MOST = 12


class Interruption(Exception):
    """Thrown by a hook."""


def interrupting(every: int) -> Callable[[Machine], None]:
    """A hook that throws at each so many calls."""
    calls = 0

    def hook(machine: Machine) -> None:
        nonlocal calls
        calls += 1
        if calls % every == 0:
            raise Interruption

    return hook


def run(machine: Machine, end: int, rng: random.Random) -> int:
    """Run to *end*, interrupted now and then, and going on there; how often.

    The last run is whole: what came at its end, when all CPUs were there, may not be done yet.
    """
    count = 0
    while True:
        broken = True
        with contextlib.suppress(Interruption):
            if rng.random() < 0.2:
                broken = interrupt(partial(machine.run_until, end), rng.randrange(1, 60))
            else:
                machine.run_until(end)
                broken = False
        count += broken
        if not broken and machine.time >= end:
            return count


def exchanged(machine: Machine, other: Machine) -> None:
    """Give *machine* the state of the other, as files do."""
    if machine is not other:
        snapshot.restore(machine, snapshot.describe(other), snapshot.contents(other))


def check(seed: int, length: int = LONG) -> Counter[str]:
    """Run the pair *seed* on all engines; counts of what happened, or :class:`AssertionError`."""
    pair, rng = random_pair(seed), random.Random(seed)
    machines = [pair.machine(name) for name in ENGINES]
    every = rng.choice((0, 1, 3, 20))
    if every:
        cpu = rng.randrange(2)
        at = rng.choice(pair.labels(cpu))
        for machine in machines[1:]:
            machine.hook(f"cpu{cpu}", at, interrupting(every))
    interp, reference, jitted = machines
    engine = jit_of(jitted)
    share = Share(engine)
    counts = Counter(programs=2)
    time = 0
    while time < length:
        time += rng.choice((rng.randrange(1, 40), rng.randrange(1, 1000)))
        interp.run_until(time)
        counts["interruptions"] += run(jitted, time, rng)
        told = f"pair {seed} ({pair.board.quantum}) at {time}"
        assert differences(interp, jitted) == [], told
        if time < SHORT:
            counts["interruptions"] += run(reference, time, rng)
            assert differences(reference, interp) == [], told
            if rng.random() < 0.05:
                one, other = rng.sample(machines, 2)
                exchanged(one, other)
        if engine.counts["translated"] < MOST:
            engine.translate_hot()
    counts["translated cycles"] = share.cycles()
    for i, part in enumerate(pair.board.cpus):
        counts["cycles"] += interp.cpus[part.name]["clock"]
        counts["interrupts"] += _interrupts(pair, interp, i)
    for name in ("ahead", "came", "dropped", "asked"):
        counts[name] = int(interp.arena[f"exchange.{name}"][0])
    counts["invalidated"] = engine.counts["invalidated"]
    return counts


def _interrupts(pair: RandomPair, machine: Machine, cpu: int) -> int:
    """What its handler counted, as far as a byte goes."""
    return int(machine.arena[f"ram{cpu}"][pair.programs[cpu].symbols["irqs"]])


def test_engines_agree_on_pairs() -> None:
    counts = sum((check(seed, 4000) for seed in range(6)), Counter[str]())
    assert counts["came"] > 50
    assert counts["dropped"] > 50
    assert counts["asked"] > 10
    assert counts["interrupts"] > 50
    assert counts["interruptions"] > 3
    assert counts["translated cycles"] > 0.02 * counts["cycles"]


@pytest.mark.parametrize("seed", [5, 7])
def test_hooks_of_memory_change_nothing(seed: int) -> None:
    """An instruction that accesses hooked memory and asks to attend (PLP, RTI, RETN) ends its turn
    where it did, and the other CPU has its own then."""
    pair = random_pair(seed)
    plain = pair.machine("interp")
    plain.run_until(5000)
    for name in ENGINES:
        machine = pair.machine(name)
        told: list[object] = []
        for cpu in range(2):
            everywhere = range(0x10000)
            machine.hook(f"cpu{cpu}", everywhere, lambda m, a, told=told: told.append(a), "access")
        machine.run_until(5000)
        assert len(told) > 300
        assert differences(plain, machine) == [], name


@pytest.mark.long
@pytest.mark.parametrize("first", range(100, 1100, 50))
def test_engines_agree_on_fifty_pairs(first: int) -> None:
    counts = sum((check(seed) for seed in range(first, first + 50)), Counter[str]())
    print(dict(counts))
    assert counts["came"] > 500
