"""Lockstep of all engines on programs that loop, call, jump by tables, and change themselves."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from dialects import DIALECTS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_programs import random_program
from test_jit import eager as eager
from test_jit_bounds import quick as quick
from test_lockstep import differences

from emucore.machine import Machine
from jit.llvm.native import threaded
from jit.tiers.engine import JitEngine

pytestmark = [
    pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers"),
    pytest.mark.usefixtures("eager", "quick", "larger"),
]

ENGINES = ["reference", "interp", "jit"]
#: Translations of a program after which there are no more.
MOST = 40
SEEDS = st.integers(0, 2**32)


@pytest.fixture
def larger(eager: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regions of several runs, with loops within, and not only one for each address."""
    monkeypatch.setattr("jit.tiers.heat.INSIDE", 4)
    for limit in ("LIMIT", "WHOLE"):
        monkeypatch.setattr(f"jit.tiers.translated_cpu.{limit}", 700)  # micro-ops


def jit_of(machine: Machine) -> JitEngine:
    """Its engine."""
    assert isinstance(machine.engine, JitEngine)
    return machine.engine


class Share:
    """How many of a machine's cycles passed in its translations."""

    def __init__(self, engine: JitEngine) -> None:
        self._engine = engine
        self._gone = 0
        engine.counting = True
        engine.on_forget = lambda cpu, made: self._add(made.counts())

    def _add(self, counts: dict[str, int] | None) -> None:
        self._gone += counts["cycles"] if counts else 0

    def cycles(self) -> int:
        """Since it watches."""
        cpus = self._engine.cpus.values()
        installed = [made for cpu in cpus for made in cpu.installed.values()]
        there = sum(counts["cycles"] for made in installed if (counts := made.counts()))
        return self._gone + there


@pytest.mark.parametrize("isa", DIALECTS)
def test_same_state_at_every_checkpoint(isa: str) -> None:
    """The reference for a while, the compiled engines for longer; most runs in translations."""
    spent = passed = invalidated = 0
    for seed in range(3):
        program = random_program(DIALECTS[isa], seed)
        machines = [program.machine(name) for name in ENGINES]
        reference, interp, jitted = machines
        engine = jit_of(jitted)
        share = Share(engine)
        rng = random.Random(seed)
        time = 0
        while time < 30_000:
            time += rng.randrange(1, 1000)
            interp.run_until(time)
            jitted.run_until(time)
            assert differences(interp, jitted) == [], f"seed {seed} at {time}"
            if time < 3000:
                reference.run_until(time)
                assert differences(reference, interp) == [], f"seed {seed} at {time}"
            if engine.counts["translated"] < MOST:
                engine.translate_hot()
        spent += share.cycles()
        passed += jitted.time
        invalidated += engine.counts["invalidated"]
    assert spent > 0.4 * passed
    assert invalidated > 0


@pytest.mark.parametrize("isa", DIALECTS)
@given(seed=SEEDS)
@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_engines_take_turns(isa: str, seed: int, tmp_path: Path) -> None:
    """Engines are changed at any moment, and states go by file to machines of other engines."""
    program = random_program(DIALECTS[isa], seed)
    steady = program.machine("interp")
    machines = {name: program.machine(name) for name in ENGINES}
    rng = random.Random(seed)
    changing, time = machines["jit"], 0
    while time < 8000:
        if rng.random() < 0.4:
            other = machines[rng.choice(ENGINES)]
            changing.save_state(tmp_path / "moment.state")
            other.load_state(tmp_path / "moment.state")
            changing = other
        elif rng.random() < 0.4:
            changing.use(rng.choice(ENGINES))
        slow = changing.engine is not None and changing.engine.name == "reference"
        time += rng.randrange(1, 200 if slow else 1000)
        steady.run_until(time)
        changing.run_until(time)
        assert differences(steady, changing) == [], f"at {time}"
        assert steady.state_sha256() == changing.state_sha256()
        if isinstance(changing.engine, JitEngine) and changing.engine.counts["translated"] < MOST:
            changing.engine.translate_hot()
