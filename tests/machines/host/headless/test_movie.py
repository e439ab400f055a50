"""Films: every frame and sample at its time, without loss where that is promised."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

import machines
from emucore.base.errors import UserError
from emucore.machine import Machine
from machines.host.cli import main
from machines.host.headless.movie import movie

FRAMES = 90
RATE = Fraction(19_968_000, 335_360)

Seen = tuple[list[npt.NDArray[np.uint8]], npt.NDArray[np.int16]]


def film(path: Path) -> Seen:
    """Make one, of a machine with something to see and to hear; what was seen and heard."""
    machine = machines.load("invaders", engine="interp")
    machine.press("coin")
    machine.run(5)
    machine.release("coin")
    pictures, sounds = [], []
    with movie(path, machine) as add:
        for frame in range(FRAMES):
            machine.press("start1", 30 < frame < 36)
            if frame == 60:
                machine.memory[0x2400:0x3000] = bytes(range(256)) * 12
            machine.run(1)
            add(machine)
            pictures.append(machine.screen)
            sounds.append(machine.frame_sound)
    return pictures, np.concatenate(sounds)


def decoded(path: Path) -> tuple[Any, list[Any], npt.NDArray[np.int16]]:
    """The picture's stream, its frames, and the samples as 16-bit ints."""
    av = pytest.importorskip("av")
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        about = {"rate": stream.average_rate, "time_base": stream.time_base}
        frames = list(file.decode(stream))
    with av.open(str(path)) as file:
        resampler = av.AudioResampler(format="s16", layout="mono")
        sounds = [
            piece.to_ndarray().ravel()
            for frame in [*file.decode(audio=0), None]
            for piece in resampler.resample(frame)
        ]
    return about, frames, np.concatenate(sounds)


@pytest.mark.parametrize("ending", ["avi", "mkv"])
def test_films_without_loss(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"film.{ending}"
    pictures, sound = film(path)
    about, frames, heard = decoded(path)
    assert about["rate"] == RATE
    assert len(frames) == FRAMES
    for picture, frame in zip(pictures, frames, strict=True):
        assert np.array_equal(frame.to_ndarray(format="rgb24"), picture)
    assert np.array_equal(heard, sound)
    off = [abs(frame.pts * frame.time_base - n / RATE) for n, frame in enumerate(frames)]
    assert max(off) <= (0 if ending == "avi" else Fraction(1, 1000))  # Matroska's own unit


def test_mp4(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    pictures, sound = film(path)
    about, frames, heard = decoded(path)
    assert about["rate"] == RATE
    assert [frame.pts * frame.time_base for frame in frames] == [n / RATE for n in range(FRAMES)]
    for picture, frame in zip(pictures, frames, strict=True):
        seen = frame.to_ndarray(format="rgb24")[::2, ::2].astype(int)
        assert np.abs(seen - picture).mean() < 4
    assert abs(len(heard) - len(sound)) <= 2 * 1024  # AAC comes in blocks
    assert (frames[0].width, frames[0].height) == (448, 512)


def test_gif(tmp_path: Path) -> None:
    """Each picture shown is the machine's at that time, in its own colours."""
    path = tmp_path / "film.gif"
    pictures, _ = film(path)
    image = Image.open(path)
    time, shown = 0, 0
    for index in range(image.n_frames):  # type: ignore[attr-defined]
        image.seek(index)
        frame = round(time * RATE / 1000)
        assert abs(frame / RATE * 1000 - time) <= 5 + 1
        assert np.array_equal(np.asarray(image.convert("RGB")), pictures[frame])
        duration = image.info["duration"]
        assert duration >= 20
        time += duration
        shown += 1
    assert shown > 10
    assert abs(time - FRAMES / RATE * 1000) <= 20


def test_a_failure_leaves_the_old_film(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    path.write_bytes(b"old")
    machine = machines.load("invaders", engine="interp")

    def interrupted() -> None:
        with movie(path, machine) as add:
            machine.run(1)
            add(machine)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [p.name for p in tmp_path.iterdir()] == ["film.avi"]
    assert path.read_bytes() == b"old"


def test_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "film.GIF"
    words = ["run", "invaders", "--frames", "20", "--movie"]
    assert main([*words, str(path)]) == 0
    assert path.read_bytes().startswith(b"GIF89a")
    (tmp_path / "x.com").write_bytes(b"\xc9")
    capsys.readouterr()
    assert main(["run", "cpm", str(tmp_path / "x.com"), "--movie", str(path)]) == 2
    assert "has no screen for a --movie" in capsys.readouterr().err
    assert main([*words, str(tmp_path / "film.txt")]) == 2
    assert "a film ends in .mp4, .avi" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "av", None)
    assert main([*words, str(path)]) == 2
    error = capsys.readouterr().err
    assert error == "emu: films need PyAV: pip install 'emucore[video]'\n"


def test_films_of_machines_without_sound(tmp_path: Path) -> None:
    machine = machines.load("invaders", engine="interp")
    machine.board.speaker = None
    silent = Machine(machine.board, {"rom": machine.arena["rom"].tobytes()})
    silent.use("interp")
    with movie(tmp_path / "film.avi", silent) as add:
        silent.run(1)
        add(silent)
    with pytest.raises(UserError, match="a film ends in"), movie(tmp_path / "film", silent):
        pass
