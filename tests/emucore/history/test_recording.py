"""Recordings, played back by every engine: the same state at the end, wherever they were made."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from boards import Pest
from stirring import stir
from test_completeness import disk

import machines
from emucore.base.errors import UserError
from emucore.board import Board
from emucore.cpus import isa
from emucore.history import container, recording
from emucore.history.recording import Recorder
from emucore.history.rewind import Rewind
from emucore.machine import Machine, MachineError
from machines.host.cli import main
from machines.host.headless.headless import run

ENGINES = ("interp", "jit", "reference")


def load(name: str, cpu: str, engine: str, folder: Path) -> Machine:
    media = disk(folder) if name == "cpm" else None
    return machines.load(name, media, cpu=cpu, engine=engine)


def repeats(machine: Machine, folder: Path, make: Callable[[str], Machine]) -> None:
    """What was recorded of *machine* leads to its state on every engine."""
    for engine in ENGINES:
        other = make(engine)
        played = recording.start(other, folder / "recording")
        run(other, played.script, frames=played.frames)
        assert played.finish(other), engine
        assert other.state_sha256() == machine.state_sha256() == played.end


@pytest.mark.parametrize(
    ("name", "cpu"),
    [(name, cpu) for name in machines.names() for cpu in machines.find(name).cpus],
)
def test_every_engine_comes_to_the_same_end(name: str, cpu: str, tmp_path: Path) -> None:
    machine = load(name, cpu, "interp", tmp_path)
    rng = random.Random(name + cpu)
    machine.run(rng.randrange(200))
    recorder = Recorder(machine)
    frames = 6
    for frame in range(frames):
        stir(machine, rng)
        machine.use(rng.choice(["interp", "jit"]))
        if frame == 3:
            machine.restart()
        machine.run(1)
    stir(machine, rng)
    recorder.save(tmp_path / "recording")
    repeats(machine, tmp_path, lambda engine: load(name, cpu, engine, tmp_path))


def test_a_long_game_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Recorded by one engine in one process's way, repeated by the others, start state and all."""
    script, state, film = tmp_path / "script", tmp_path / "state", tmp_path / "film"
    script.write_text("5 tap coin\n40 tap start1\n60 press right\n90 tap fire\n300 release right\n")
    assert main(["run", "invaders", "--frames", "77", "--save-state", str(state)]) == 0
    made = ["run", "invaders", "--load-state", str(state), "--input", str(script)]
    assert main([*made, "--frames", "600", "--record", str(film), "--engine", "jit"]) == 0
    for engine in ("interp", "jit"):
        capsys.readouterr()
        words = ["run", "invaders", "--playback", str(film), "--engine", engine, "--json"]
        assert main(words) == 0
        result = json.loads(capsys.readouterr().out)
        assert (result["matched"], result["frames"]) == (True, 600)


def test_what_is_pressed_already_is_not_recorded_again(tmp_path: Path) -> None:
    """But what a restart has released is."""
    machine = machines.load("invaders", engine="interp")
    machine.press("fire")
    recorder = Recorder(machine)
    for frame in range(40):
        if frame == 20:
            machine.restart()
        for name in ("fire", "left", "coin"):
            machine.press(name, name != "coin" or frame % 10 == 3)
        machine.run(1)
    recorder.save(tmp_path / "recording")
    header, _ = container.unpack("recording", (tmp_path / "recording").read_bytes(), 1 << 24)
    assert len(header["events"]) == 3 + 4 + 1 + 3 + 4
    other = machines.load("invaders", engine="interp")
    assert recording.start(other, tmp_path / "recording").play(other)


def test_a_recording_too_long_to_be_read_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container, "HEADER_MOST", 5000)
    machine = machines.load("invaders", engine="interp")
    recorder = Recorder(machine)
    for frame in range(200):
        machine.press("fire", frame % 2 == 0)
    with pytest.raises(UserError, match="more than a recording file can hold"):
        recorder.save(tmp_path / "recording")
    assert not (tmp_path / "recording").exists()


def test_a_machine_that_was_given_another_state_is_not_recorded(tmp_path: Path) -> None:
    machine = machines.load("invaders", engine="interp")
    past = Rewind(machine)
    machine.run(1)
    past.record()
    machine.save_state(tmp_path / "state")
    for other in (past.back, lambda: machine.load_state(tmp_path / "state")):
        recorder = Recorder(machine)
        machine.run(1)
        other()
        with pytest.raises(MachineError, match="a state was loaded while recording"):
            recorder.save(tmp_path / "recording")
        assert not (tmp_path / "recording").exists()
        assert machine.heard is None


@pytest.mark.parametrize(
    ("name", "cpu"),
    [(name, cpu) for name in machines.names() for cpu in machines.find(name).cpus],
)
def test_what_is_pressed_within_a_frame_repeats(name: str, cpu: str, tmp_path: Path) -> None:
    """To the instruction, on every engine; and the end may be within a frame too."""
    machine = load(name, cpu, "interp", tmp_path)
    rng = random.Random(name + cpu + "within")
    length = machine.board.frame_ticks
    machine.run(30)
    machine.run_until(30 * length + rng.randrange(length))
    recorder = Recorder(machine)
    for frame in range(30, 36):
        for part in sorted(rng.random() for _ in range(3)):
            stir(machine, rng)
            machine.run_until(int((frame + part) * length))
        if frame == 33:
            stir(machine, rng)
        machine.run(1)
    machine.run_until(36 * length + length // 3)
    recorder.save(tmp_path / "recording")
    repeats(machine, tmp_path, lambda engine: load(name, cpu, engine, tmp_path))


def test_what_a_hook_presses_repeats_without_it(tmp_path: Path) -> None:
    machine = machines.load("invaders", engine="jit")
    machine.run(10)
    recorder = Recorder(machine)
    buttons = ["coin", "start1", "left", "right", "fire"]
    rng = random.Random(4)
    hook = machine.hook(
        "cpu", 0x10, lambda m: m.press(rng.choice(buttons), pressed=rng.random() < 0.5)
    )
    machine.run(300)
    hook.remove()
    stop = machine.hook("cpu", 0x10, lambda m: m.stop())
    machine.run(10)
    stop.remove()
    machine.press("tilt")
    recorder.save(tmp_path / "recording")
    for engine in ("interp", "jit"):
        other = machines.load("invaders", engine=engine)
        assert recording.start(other, tmp_path / "recording").play(other)
        assert other.state_sha256() == machine.state_sha256()


def test_what_a_hook_presses_among_several_cpus_is_not_recorded(tmp_path: Path) -> None:
    """Where each of them was, no time tells."""
    board = Board("pair", "a test board", clock_hz=1_000_000, frame_ticks=1000)
    pest = board.device("pest", Pest())
    for cpu in ("one", "two"):
        board.cpu(cpu, isa("8080")).mem.ram(0, 0xFFFF, board.ram(f"ram of {cpu}", 0x10000))
    board.button("button", pest, "seed", 1)
    machine = Machine(board)
    recorder = Recorder(machine)
    machine.hook("one", 4, lambda m: m.press("button"))
    machine.run(1)
    with pytest.raises(MachineError, match="not written: a hook pressed something"):
        recorder.save(tmp_path / "recording")


def test_one_recorder_at_a_time(tmp_path: Path) -> None:
    machine = machines.load("invaders", engine="interp")
    first = Recorder(machine)
    with pytest.raises(MachineError, match="invaders is recorded already"):
        Recorder(machine)
    first.save(tmp_path / "recording")
    Recorder(machine)
