"""emu bench, on little work: what it measures, what it refuses, what it writes."""

from __future__ import annotations

import builtins
import io
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from emucore.base.errors import UserError
from machines.host.cli import main
from roms_test.bench import measure, peers
from roms_test.bench.cli import choose
from roms_test.bench.course import Course, Item
from roms_test.bench.measure import Subject, Timing, WrongAnswer, engine_subject, known_period
from roms_test.bench.results import KernelResult, Results
from roms_test.kernels import CPUS

QUICK = ["--seconds", "0.01", "--repeats", "2"]


def test_a_kernel_on_two_engines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "b.json"
    arguments = ["bench", "rv32/multiply", "--engines", "reference,interp", "--json", str(file)]
    assert main([*arguments, *QUICK]) == 0
    assert "rv32/multiply" in capsys.readouterr().out
    data = json.loads(file.read_text())
    (kernel,) = data["kernels"]
    assert (kernel["cpu"], kernel["kernel"]) == ("rv32", "multiply")
    # 100 steps of 5 instructions, and 7 around them
    assert kernel["round"]["instructions"] == 507
    assert kernel["round"]["cycles"] == 507, "one a cycle"
    rates = kernel["instructions_per_second"]
    assert set(rates) == {"reference", "interp"}
    assert rates["interp"]["median"] > 20 * rates["reference"]["median"]
    assert len(rates["interp"]["runs"]) == 2
    assert kernel["ratios"]["reference / interp"] < 0.05
    means = data["geometric_means"]["interp"]
    assert means["all"] == means["rv32"] == pytest.approx(rates["interp"]["median"])
    assert {"cpu", "cores", "python", "llvmlite"} <= set(data["host"])
    assert data["machines"] == []


def test_a_machine(tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    assert main(["bench", "invaders", "--engines", "interp", "--json", str(file), *QUICK]) == 0
    (machine,) = json.loads(file.read_text())["machines"]
    assert machine["frames_per_second"] == pytest.approx(59.54, abs=0.01)
    assert machine["times_real_time"]["interp"]["median"] > 1


@pytest.mark.parametrize("cpu", ["8080", "z80", "6502"])
def test_peers_find_the_answer(cpu: str) -> None:
    package = peers.PACKAGES[cpu][0]
    pytest.importorskip(package)
    period = known_period(cpu, "sieve")
    subject = peers.peer_subject(cpu, "sieve", period)
    assert subject.name.startswith(package)
    assert subject.run(2) > 0


def test_absent_peers_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **keywords: Any) -> Any:
        if name.split(".")[0] in ("z80", "py65"):
            raise ImportError(name)
        return real(name, *args, **keywords)

    monkeypatch.setattr("importlib.import_module", lambda name: without(name))
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)
    with pytest.raises(peers.Absent, match="pip install py65"):
        peers.peer_subject("6502", "sieve", known_period("6502", "sieve"))
    with pytest.raises(peers.Absent, match="mame is not installed"):
        peers.mame_speed(b"")
    monkeypatch.undo()
    monkeypatch.setattr(peers, "PACKAGES", {})
    arguments = ["bench", "8080/multiply", "--engines", "interp", "--peers"]
    assert main([*arguments, *QUICK]) == 0
    assert "skipped: peer of 8080" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["nonsense"], "nothing to measure is called 'nonsense'"),
        (["sieve", "--engines", "warp"], "no engine 'warp'"),
        (["sieve", "--repeats", "0"], "--repeats"),
        (["sieve", "--seconds", "-1"], "--seconds"),
    ],
)
def test_refusals(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *arguments]) == 2
    error = capsys.readouterr().err
    assert text in error
    assert error.count("\n") == 1


def test_choice() -> None:
    kernels, machines = choose([], whole=True)
    assert len(kernels) == 16 + 9
    assert machines == ["invaders"]
    assert choose([]) == ([(cpu, "crc32") for cpu in CPUS], ["invaders"])
    everywhere = [(cpu, "sieve") for cpu in ("8080", "z80", "6502", "rv32", "c")]
    assert choose(["sieve"])[0] == everywhere
    assert choose(["c/sha256", "division"])[0] == [("c", "sha256"), ("c", "division")]
    assert choose(["z80/sort", "6502"])[0][0] == ("z80", "sort")
    assert len(choose(["z80/sort", "6502"])[0]) == 5
    with pytest.raises(UserError):
        choose(["sieve/z80"])


def test_it_says_how_long_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "multiply", "--engines", "interp", *QUICK]) == 0
    first, *others = capsys.readouterr().err.splitlines()
    assert first == "emu: 4 to measure, about 10 s"
    names = [f"{cpu}/multiply" for cpu in CPUS]
    assert [line.split(",")[0] for line in others] == [
        f"emu: {i} of 4: {name}" for i, name in enumerate(names, 1)
    ]
    assert all(line.endswith(" to go") for line in others)


def test_by_default_it_is_quick_and_names_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is expected of an idle host, which leaves a slower one its minute."""
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    monkeypatch.setattr(Course, "__iter__", lambda course: iter(()))
    assert main(["bench"]) == 0
    assert said.getvalue() == "emu: 5 to measure, about 30 s (--all: 26 to measure, about 6 min)\n"
    said.truncate(0)
    assert main(["bench", "--all"]) == 0
    assert said.getvalue().strip("\0") == "emu: 26 to measure, about 6 min\n"


def test_the_estimate_follows_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    for _ in Course([Item("a", 10.0), Item("b", 20.0), Item("c", 100.0)]):
        now += 40.0
    assert capsys.readouterr().err.splitlines() == [
        "emu: 1 of 3: a, about 2 min to go",
        "emu: 2 of 3: b, about 8 min to go",
        "emu: 3 of 3: c, about 4 min to go",
    ]


def test_wrong_answers_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    period = known_period("rv32", "multiply")
    wrong = measure.Period(period.first, period.cycles - 1, period.instructions)
    subject = engine_subject("interp", "rv32", "multiply", wrong)
    with pytest.raises(WrongAnswer):
        subject.run(3)


def test_runs_are_paired() -> None:
    order: list[str] = []

    def subject(name: str, seconds: float) -> Subject:
        def run(times: int) -> float:
            order.append(name)
            return times * seconds

        return Subject(name, run)

    rates = measure.paired([subject("a", 0.5), subject("b", 2.0)], 4.0, 3)
    assert rates == {"a": [2.0] * 3, "b": [0.5] * 3}
    assert "".join(order[-6:]) == "ababab"


def test_means_compare_the_same_kernels() -> None:
    period = measure.Period(0, 1, 1)
    results = Results(
        kernels=[
            KernelResult("8080", "sieve", period, {"x": Timing((2.0,)), "y": Timing((3.0,))}),
            KernelResult("z80", "sieve", period, {"x": Timing((8.0, 9.0, 1.0))}),
        ]
    )
    assert results.mean("x") == pytest.approx(4.0)
    assert results.mean("x", "z80") == pytest.approx(8.0)
    assert results.mean("y") is None
    assert results.mean("y", "8080") == pytest.approx(3.0)


def test_plot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A picture, or, without matplotlib, one line that says what is missing."""
    file = tmp_path / "b.png"
    arguments = ["bench", "rv32/multiply", "--engines", "interp", "--plot", str(file)]
    code = main([*arguments, *QUICK])
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        assert code == 2
        assert "emucore[plot]" in capsys.readouterr().err
    else:
        assert code == 0
        assert file.read_bytes().startswith(b"\x89PNG")


def test_what_is_measured_before_ctrl_c_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("roms_test.bench.cli._machine", interrupted)
    words = ["bench", "8080/sieve", "invaders", "--engines", "interp", "--seconds", "0.001"]
    results = tmp_path / "results.json"
    assert main([*words, "--json", str(results)]) == 130
    assert "8080/sieve" in capsys.readouterr().out
    assert [k["kernel"] for k in json.loads(results.read_text())["kernels"]] == ["sieve"]


@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "1e300"])
def test_absurd_times(seconds: str) -> None:
    assert main(["bench", "8080/sieve", "--seconds", seconds]) == 2
