"""The window, the keys and the loudspeaker, under SDL's dummy drivers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from desk import ENTRY, at_once, cabinet_of_ports, key, open_session, press, shown, tap

from emucore.history import container
from emucore.machine import Machine, MachineError
from machines.host.cli import main

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")

import pygame

from machines.host.audio.speaker import TARGET, Speaker, open_speaker
from machines.host.profile import settings
from machines.host.session.pacer import Pacer
from machines.host.session.play import Session, play


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMUCORE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("EMUCORE_DATA", str(tmp_path / "data"))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return cabinet_of_ports(tmp_path)


@pytest.fixture
def rom(machine: Machine, tmp_path: Path) -> Path:
    return tmp_path / "ports.bin"


@pytest.fixture
def session(machine: Machine, tmp_path: Path) -> Iterator[Session]:
    made = open_session(machine, tmp_path)
    yield made
    made.close()


def ports(machine: Machine) -> tuple[int, int]:
    ram = machine.arena["ram"]
    return int(ram[0x400]), int(ram[0x401])


def test_keys_press_buttons(session: Session) -> None:
    machine = session.machine
    session.step()
    assert ports(machine) == (0x09, 0)
    for code, bit in (
        (pygame.K_1, 0x04),
        (pygame.K_2, 0x02),
        (pygame.K_LCTRL, 0x10),
        (pygame.K_LEFT, 0x20),
        (pygame.K_RIGHT, 0x40),
    ):
        key(code)
        session.step()
        assert ports(machine)[0] == 0x09 | bit
        key(code, down=False)
        session.step()
        assert ports(machine)[0] == 0x09
    key(pygame.K_5)
    session.step()
    assert ports(machine)[0] == 0x08


def test_a_key_hit_within_a_frame_is_seen(session: Session) -> None:
    """Down for a frame, and as often as it was hit."""
    machine = session.machine
    session.step()
    tap(pygame.K_LCTRL)
    tap(pygame.K_LCTRL)
    key(pygame.K_LEFT)
    seen = []
    for _ in range(6):
        session.step()
        seen.append(ports(machine)[0])
    assert seen == [0x39, 0x29, 0x39, 0x29, 0x29, 0x29]


def test_the_window_shows_the_picture(session: Session) -> None:
    session.hint = ""
    session.step()
    session.step()
    shown = session.stage.window.contents()
    assert shown.shape == (512, 448, 3)
    assert np.array_equal(shown[::2, ::2], session.machine.screen)
    assert np.array_equal(shown[1::2, 1::2], session.machine.screen)
    assert session.machine.screen[255, 0].any()  # bit 0 of port 1


def test_focus_lost_lets_go(session: Session) -> None:
    key(pygame.K_LEFT)
    session.step()
    pygame.event.post(pygame.event.Event(pygame.WINDOWFOCUSLOST))
    session.step()
    assert ports(session.machine)[0] == 0x09


def test_pause_and_quit(session: Session) -> None:
    session.step()
    tap(pygame.K_p)
    assert session.step() == 0
    assert session.player.message == "Paused"
    assert session.machine.frame == 1
    tap(pygame.K_p)
    assert session.step() == 1
    press(session, pygame.K_ESCAPE)
    assert shown(session) == "Press Esc again to quit"
    assert not session.over
    key(pygame.K_ESCAPE)
    assert session.step() == 0
    assert session.over


def test_reset_keeps_switches_and_held_keys(session: Session) -> None:
    machine = session.machine
    machine.set_switch("lives", "6")
    key(pygame.K_RIGHT)
    session.step()
    key(pygame.K_F3)
    session.step()
    assert machine.frame == 1
    assert ports(machine) == (0x49, 0x43)


def test_restart_is_power_on(machine: Machine) -> None:
    fresh = machine.state_sha256()
    machine.run_frames(1)
    assert machine.state_sha256() != fresh
    machine.restart()
    assert machine.state_sha256() == fresh


def test_screenshots_are_numbered(session: Session, tmp_path: Path) -> None:
    for _ in range(2):
        tap(pygame.K_F12)
        session.step()
    names = sorted(p.name for p in (tmp_path / "shots").glob("*.png"))
    assert names == ["invaders-0001.png", "invaders-0002.png"]
    picture = pygame.image.load(tmp_path / "shots" / names[1])
    assert picture.get_size() == (224, 256)


def test_play_ends_after_its_frames(machine: Machine) -> None:
    report = play(machine, ENTRY, max_frames=2, muted=True)
    assert report["frames"] == 2
    assert report["sound"] is None
    assert machine.frame == 2


def test_a_session_is_recorded(rom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film, steps = tmp_path / "film", iter(range(9))
    keys = {1: pygame.K_5, 3: pygame.K_F3, 4: pygame.K_LCTRL}
    step = Session.step

    def pressing(session: Session) -> int:
        code = keys.get(next(steps))
        if code is not None:
            key(code)
        return step(session)

    monkeypatch.setattr(Session, "step", pressing)
    monkeypatch.setattr(Pacer, "wait", lambda pacer: 1)
    engine = ["--engine", "reference"]
    assert (
        main(["play", "invaders", str(rom), *engine, "--frames", "6", "--record", str(film)]) == 0
    )
    header, _ = container.unpack("recording", film.read_bytes(), 1 << 24)
    events = [(frame, kind, name) for frame, kind, name, _ in header["events"]]
    assert events[:3] == [(1, "press", "coin"), (3, "restart", ""), (3, "press", "coin")]
    assert events[3] == (4, "press", "fire")
    assert main(["run", "invaders", str(rom), *engine, "--playback", str(film)]) == 0


def test_an_interrupt_loses_no_recording(
    rom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "film"
    film.write_text("an older one")
    step = Session.step

    def interrupted(session: Session) -> int:
        if session.frames == 3:
            raise KeyboardInterrupt
        return step(session)

    words = ["invaders", str(rom), "--engine", "reference"]
    monkeypatch.setattr(Pacer, "wait", lambda pacer: 1)
    with monkeypatch.context() as patch:
        patch.delenv("SDL_VIDEODRIVER")
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            patch.delenv(name, raising=False)
        assert main(["play", *words, "--record", str(film)]) == 2
    assert film.read_text() == "an older one"
    monkeypatch.setattr(Session, "step", interrupted)
    assert main(["play", *words, "--record", str(film)]) == 130
    assert main(["run", *words, "--playback", str(film)]) == 0


def test_a_saved_state_is_played_on(
    rom: Path, tmp_path: Path, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    path, words = tmp_path / "state", ["play", "invaders", str(rom), "--engine", "reference"]
    machine.run(3)
    machine.save_state(path)
    film = tmp_path / "film"
    assert main([*words, "--load-state", str(path), "--frames", "2", "--record", str(film)]) == 0
    header, _ = container.unpack("recording", film.read_bytes(), 1 << 24)
    assert (header["state"]["frame"], header["frames"]) == (3, 2)
    assert main([*words, "--load-state", str(rom)]) == 2
    assert "not a state file" in capsys.readouterr().err


def test_a_speaker_takes_samples_at_its_rate() -> None:
    speaker = open_speaker(48_000)
    assert isinstance(speaker, Speaker)
    assert speaker.host_rate == 48_000
    speaker.play(np.zeros(4_800, np.int16))
    assert speaker.queued == pytest.approx(TARGET + 0.1, abs=0.03)
    before = speaker.queued
    pygame.time.wait(80)
    assert speaker.queued < before
    speaker.close()


def test_no_sound_device_is_no_obstacle(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "machines.host.display.stage.open_speaker", lambda rate, channels: "no device"
    )
    assert play(machine, ENTRY, max_frames=1)["frames"] == 1
    assert capsys.readouterr().err == "emu: no sound: no device (playing goes on without)\n"


def test_no_display_is_one_line(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(MachineError, match=r"^no window: no display \(emu run works without one"):
        play(machine, ENTRY, max_frames=1)
    monkeypatch.setenv("SDL_VIDEODRIVER", "nosuchdriver")
    with pytest.raises(MachineError, match=r"^no window: .*nosuchdriver"):
        play(machine, ENTRY, max_frames=1)


def test_command(rom: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["play", "invaders", str(rom), "--engine", "reference", "--frames", "1"]
    assert main([*arguments, "--mute", "--scale", "1"]) == 0
    assert main(["play", "cpm", "--engine", "reference"]) == 2
    assert "cpm" in capsys.readouterr().err


def test_closing_a_speaker_does_not_wait_for_itself() -> None:
    """In a process of its own: SDL's thread and ours once waited for each other for ever."""
    code = """
import time
from machines.host.audio.speaker import open_speaker
for _ in range(40):
    speaker = open_speaker(48_000)
    time.sleep(0.012)
    sum(range(50_000))
    speaker.close()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, stdout=subprocess.DEVNULL)


# -- the keys of the window -----------------------------------------------------------------


def test_a_held_key_rewinds(session: Session) -> None:
    hashes = []
    for _ in range(5):
        session.step()
        hashes.append(session.machine.state_sha256())
    key(pygame.K_BACKQUOTE)
    assert session.step() == session.step() == 0
    assert session.machine.state_sha256() == hashes[2]
    assert shown(session) == "Rewind"
    key(pygame.K_BACKQUOTE, down=False)
    assert session.step() == 1
    assert session.machine.state_sha256() == hashes[3]


def test_buttons_are_as_they_are_held_after_going_back(session: Session) -> None:
    session.step()
    key(pygame.K_LEFT)
    session.step()
    tap(pygame.K_LSHIFT, pygame.K_F7)
    session.step()
    assert ports(session.machine)[0] == 0x29
    key(pygame.K_LEFT, down=False)
    session.step()
    key(pygame.K_RIGHT)
    tap(pygame.K_F7)
    session.step()
    assert shown(session) == "Loaded slot 1"
    assert ports(session.machine)[0] == 0x49
    key(pygame.K_RIGHT, down=False)
    key(pygame.K_BACKQUOTE)
    session.step()
    session.step()
    session.step()
    key(pygame.K_BACKQUOTE, down=False)
    session.step()
    session.step()
    assert ports(session.machine)[0] == 0x09


def test_frame_advance_throttle_and_slots(session: Session) -> None:
    press(session, pygame.K_LSHIFT, pygame.K_p)
    assert session.machine.frame == 1
    press(session)
    assert session.machine.frame == 1
    press(session, pygame.K_p)
    press(session, pygame.K_F10)
    assert session.player.hurried
    press(session, pygame.K_F10)
    press(session, pygame.K_F6)
    assert shown(session) == "Slot 2: empty"
    press(session, pygame.K_LSHIFT, pygame.K_F6)
    assert session.player.slot == 1


def test_hurrying_runs_more_than_a_frame(session: Session) -> None:
    assert session.step() == 1
    session.pacer.period = 600.0  # time enough on any host
    session.most = 4
    key(pygame.K_PAGEDOWN)
    assert session.step() == 3
    assert session.over


def test_what_the_host_missed_is_made_up(session: Session) -> None:
    session.pacer.wait = lambda: 3  # type: ignore[method-assign]
    assert session.step() == 3
    session.most = 5
    assert session.step() == 2
    assert session.over


def test_full_screen(session: Session) -> None:
    press(session, pygame.K_LALT, pygame.K_RETURN)
    assert session.stage.window.fullscreen
    assert shown(session) == "Fullscreen"
    press(session, pygame.K_LALT, pygame.K_RETURN)
    assert not session.stage.window.fullscreen


def test_the_closed_window_ends_the_session(session: Session) -> None:
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    assert session.step() == 0
    assert session.over


def test_a_message_is_seen(session: Session) -> None:
    session.hint = ""
    session.step()
    before = session.stage.window.contents()
    press(session, pygame.K_F3)
    after = session.stage.window.contents()
    assert shown(session) == "Reset"
    changed = (before != after).any(axis=2)
    assert changed[-60:, :200].any()
    assert not changed[:-60].any()


# -- folders that cannot be used ------------------------------------------------------------


def test_without_folders_a_session_goes_on(
    machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    nowhere = tmp_path / "file" / "below"
    session = Session(
        machine,
        ENTRY,
        settings.load(nowhere / "settings.toml"),
        data=nowhere,
        screenshots=nowhere,
        scale=1,
    )
    at_once(session)
    assert session.step() == 1
    press(session, pygame.K_LSHIFT, pygame.K_F7)
    assert shown(session) == "Not saved: Not a directory"
    press(session, pygame.K_F7)
    assert shown(session) == "Not loaded: Not a directory"
    press(session, pygame.K_F12)
    press(session, pygame.K_F12)
    session.set_volume(30)
    session.close()
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[1] for line in lines] == [
        f" {nowhere / 'settings.toml'}",
        " no screenshot",
        " settings not kept",
    ]


def test_problems_of_the_settings_are_one_line(
    machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[video]\nfilter = 3\nfit = 4\nscale = 99\n")
    open_session(machine, tmp_path, settings.load(path)).close()
    assert capsys.readouterr().err == (
        f"emu: {path}: video.filter = 3 ignored: "
        'it may be "crisp", "smooth" or "scanlines"; and 2 more\n'
    )


def test_a_key_that_is_none_is_told(
    machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "settings.toml"
    actions = '[actions]\npause = ["shift+pp", "pad3 a"]\n'
    path.write_text(actions + '[machines.invaders.controls]\nfire = ["lctrl"]\n')
    open_session(machine, tmp_path, settings.load(path)).close()
    assert capsys.readouterr().err == f"emu: {path}: fire: no key 'lctrl'; and 1 more\n"


def test_hosts_without_sound_or_display_are_told(rom: Path, tmp_path: Path) -> None:
    """In processes of their own: SDL keeps the drivers that it has begun with."""
    command = [sys.executable, "-m", "machines.host.cli", "play", "invaders", rom]
    command += ["--engine", "reference", "--frames", "1"]

    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
        return subprocess.run(
            command, env={**kept, **environment}, capture_output=True, text=True, timeout=60
        )

    silent = run(SDL_AUDIODRIVER="nosuchdriver")
    assert silent.returncode == 0
    assert silent.stderr.startswith("emu: no sound: ")
    assert silent.stderr.count("\n") == 1
    blind = run(SDL_VIDEODRIVER="")
    assert blind.returncode == 2
    assert blind.stderr == "emu: no window: no display (emu run works without one)\n"


@pytest.mark.skipif(os.name != "posix", reason="a child's CPU time is asked of POSIX")
def test_a_second_start_takes_less_than_a_second() -> None:
    """Of the processor's time, which other programs do not lengthen; all of it, window and end."""
    import resource

    def start() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "machines.host.cli", "play", "--frames", "1"]
        subprocess.run(command, check=True, timeout=300, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    start()  # which may have to compile
    assert start() < 1.0


def test_report(rom: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["play", "invaders", str(rom), "--engine", "reference", "--frames", "3"]
    assert main([*arguments, "--json", "-v"]) == 0
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert (report["machine"], report["engine"], report["frames"]) == ("invaders", "reference", 3)
    assert report["sound"]["host_rate"] == 48_000
    assert report["pacing"]["shown"] > 0
    assert err.startswith("emu: 3 frames, ")
    assert err.count("\n") == 1
