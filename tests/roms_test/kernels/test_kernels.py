"""The benchmark's kernels: right answers, rounds all alike, the same in every engine."""

from __future__ import annotations

import pytest

from roms_test.bench.measure import measure_period
from roms_test.kernels import CPUS, KERNELS, Bench, kernel

#: Enough to pass every branch, little enough for the reference.
SIZE = 12

ALL = pytest.mark.parametrize(("cpu", "name"), [(c, k.name) for c in CPUS for k in KERNELS])


def test_answers() -> None:
    """Known ones: published, or worked out by hand."""
    assert kernel("sieve").answer(1000) == 168
    assert kernel("crc32").answer(1) == 0xD202EF8D  # of one zero byte
    assert kernel("sort").answer(4) == 8 * 0 + 4 * 1 + 2 * 6 + 31
    assert kernel("multiply").answer(2) == (25173 * 13849 + 13849) % 65536


@ALL
def test_kernel(cpu: str, name: str) -> None:
    bench = Bench(cpu, name, SIZE)
    period = measure_period(cpu, name, SIZE)
    assert period.instructions > SIZE
    bench.machine.use("reference")
    bench.machine.run_until(period.first + period.cycles)
    assert bench.at_round
    assert bench.rounds == 2
    assert bench.right, f"{bench.result:#x}"
    fast = Bench(cpu, name, SIZE)
    fast.machine.use("interp")
    fast.machine.run_until(period.first + period.cycles)
    assert fast.machine.state_sha256() == bench.machine.state_sha256()
    fast.machine.run_until(period.first + 499 * period.cycles)
    assert fast.at_round
    assert (fast.rounds, fast.right) == (500, True)


@ALL
def test_full_size(cpu: str, name: str) -> None:
    """As in the benchmark, where one round is enough to know the answer."""
    bench = Bench(cpu, name)
    bench.machine.use("interp")
    time = 0
    while bench.rounds == 0:
        time += 100
        bench.machine.run_until(time)
        assert time < 10_000_000
    if cpu != "6502":  # which by now has begun its next answer
        assert bench.right
