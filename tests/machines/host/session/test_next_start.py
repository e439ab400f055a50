"""What the next start finds: best scores, settings, and where the window was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from desk import at_once

import machines
from machines.host.cli import main
from machines.host.profile import settings
from machines.host.profile.library import entry
from machines.host.session.play import Session


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMUCORE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("EMUCORE_DATA", str(tmp_path / "data"))


def played(tmp_path: Path, *frames: Callable[[Session], object]) -> Session:
    """A session with what is kept below *tmp_path*, ended after these frames."""
    made = Session(
        machines.load("invaders", engine="interp"),
        entry("invaders", None),
        settings.load(tmp_path / "settings.toml"),
        data=tmp_path / "data",
        screenshots=tmp_path / "shots",
    )
    at_once(made)
    for _ in range(3):
        made.step()
    for do in frames:
        do(made)
        made.step()
    made.close()
    return made


def best(session: Session) -> int:
    return session.machine.memory[0x2200 + 1]


def beat(session: Session) -> None:
    session.machine.memory[0x2200 + 1] = 0x77


def test_best_scores_are_there_at_the_next_start(tmp_path: Path) -> None:
    assert best(played(tmp_path)) == 0x10
    played(tmp_path, beat)
    assert best(played(tmp_path)) == 0x77
    reset = [lambda s: s.player.reset(), *[lambda s: None] * 3]
    assert best(played(tmp_path, *reset)) == 0x77


def test_best_scores_are_kept_when_another_game_is_chosen(tmp_path: Path) -> None:
    played(tmp_path, beat, lambda s: s.choose(entry("invaders", None)))
    assert best(played(tmp_path)) == 0x77


def test_best_scores_of_a_rewound_game_are_kept(tmp_path: Path) -> None:
    def back(session: Session) -> None:
        session.player.rewind(True)
        for _ in range(2):
            session.player.frame()
        session.player.rewind(False)
        assert best(session) == 0x10

    played(tmp_path, lambda s: None, beat, back)
    assert best(played(tmp_path)) == 0x77


def test_a_session_that_is_recorded_has_no_best_scores(tmp_path: Path) -> None:
    played(tmp_path, beat)
    film = str(tmp_path / "film")
    assert main(["play", "--frames", "9", "--mute", "--record", film]) == 0
    assert main(["run", "invaders", "--playback", film]) == 0
    assert best(played(tmp_path)) == 0x77


def test_best_scores_that_cannot_be_read_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = played(tmp_path, beat).nvram.path
    path.write_bytes(b"no scores")
    assert best(played(tmp_path, beat)) == 0x77
    line = f"emu: best scores not loaded: {path}: not a nvram file\n"
    assert capsys.readouterr().err == line
    assert path.with_suffix(".damaged").read_bytes() == b"no scores"
    path.unlink()
    path.mkdir()
    played(tmp_path, beat)
    assert capsys.readouterr().err.startswith("emu: best scores not loaded: ")


def test_best_scores_that_cannot_be_written_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nvram").write_text("a file where a folder should be")
    played(tmp_path, beat, *[lambda s: None] * 3)
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if "not kept" in line] == [
        "emu: best scores not kept: File exists"
    ]


def test_volume_engine_and_window_are_as_they_were(tmp_path: Path) -> None:
    def change(session: Session) -> None:
        session.set_volume(35)
        session.set_video("filter", "smooth")
        session.use_engine("jit")
        session.stage.window._window.size = 500, 600
        session.stage.window._window.position = 40, 60

    played(tmp_path, change)

    def look(session: Session) -> None:
        assert session.stage.window.place == ((40, 60), (500, 600))
        assert session.stage.window.filter == "smooth"
        assert session.settings["play", "engine"] == "jit"
        assert session.stage.speaker is not None
        assert session.stage.speaker.volume == pytest.approx(0.35**2)

    played(tmp_path, look)

    def by_scale(session: Session) -> None:
        session.set_video("scale", 1)

    played(tmp_path, by_scale)

    def look_again(session: Session) -> None:
        assert session.stage.window.place == ((40, 60), (224, 256))
        assert session.settings["video", "size"] == []

    played(tmp_path, look_again)


def test_a_window_that_was_left_alone_follows_its_display(tmp_path: Path) -> None:
    played(tmp_path)
    assert not (tmp_path / "settings.toml").exists()


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe\0",
        b"[video]\nsize = [1]\nposition = ['a', 3]",
        b"[video]\nsize = [0, -5]\nposition = [99999999999, 3]",
        b"[play]\nengine = 'reference'",
        b"[video",
        b"[sound]\nvolume = 1e999",
        b"[actions]\nmenu = []\nquit = []",
    ],
)
def test_a_broken_settings_file_stops_no_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes
) -> None:
    config = tmp_path / "config"
    config.mkdir()
    (config / "settings.toml").write_bytes(text)
    assert main(["play", "--frames", "1", "--mute"]) == 0
    assert (config / "settings.toml").read_bytes() == text
