"""``emu state``: what is in a file, and how two differ, with no machine at hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import machines
from emucore.history import container, snapshot
from emucore.history.recording import Recorder
from machines.host.cli import main


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, Path]:
    """A state, and another in which some fields are different."""
    machine = machines.load("invaders", engine="interp")
    machine.run_frames(10)
    snapshot.save(machine, tmp_path / "a")
    machine.cpus["cpu"]["hl"] ^= 0x101
    machine.arena["sound.mean"][0] = -0.0
    machine.arena["ram"][[3, 5, 7, 9, 0x1FFF]] ^= 0xFF
    snapshot.save(machine, tmp_path / "b")
    return tmp_path / "a", tmp_path / "b"


def test_info(saved: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["state", "info", str(saved[0])]) == 0
    text = capsys.readouterr().out
    assert "machine  invaders" in text
    assert "frame    10" in text
    assert "ram" in text
    assert re.search(r"^cpu.reset +never$", text, re.MULTILINE)
    assert main(["state", "info", str(saved[0]), "--json"]) == 0
    about = json.loads(capsys.readouterr().out)
    assert (about["kind"], about["version"], about["cpus"]) == ("state", 1, {"cpu": "8080"})
    fields = {field["name"]: field for field in about["fields"]}
    assert fields["raster.pixels"] == {"name": "raster.pixels", "type": "u1", "shape": [224, 256]}
    assert fields["machine.frame"]["value"] == 10


def test_info_of_a_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = machines.load("invaders", engine="interp")
    machine.run_frames(3)
    recorder = Recorder(machine)
    machine.press("coin")
    machine.run_frames(2)
    recorder.save(tmp_path / "r")
    assert main(["state", "info", str(tmp_path / "r"), "--json"]) == 0
    about = json.loads(capsys.readouterr().out)
    assert [about[k] for k in ("kind", "frame", "frames", "events")] == ["recording", 3, 2, 1]
    assert about["end"] == machine.state_sha256()


def test_diff(saved: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    first, second = map(str, saved)
    assert main(["state", "diff", first, first]) == 0
    assert capsys.readouterr().out == ""
    assert main(["state", "diff", first, second]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["cpu.hl", "sound.mean", "ram"]
    assert lines[1].endswith("0.0 -> -0.0")
    assert "5 of 8,192" in lines[2]
    assert lines[2].endswith(", …")
    assert main(["state", "diff", first, second, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["equal"]
    hl, _, ram = found["fields"]
    old, new = hl["first"][0]["values"]
    assert (hl["name"], hl["size"], hl["differ"], old ^ new) == ("cpu.hl", 1, 1, 0x101)
    assert (ram["size"], ram["differ"], len(ram["first"])) == (0x2000, 5, 4)
    assert [e["name"] for e in ram["first"][:2]] == ["ram[0x3]", "ram[0x5]"]


def test_what_cannot_be_shown_is_one_line(
    saved: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.com").write_bytes(b"\xc9")
    box = machines.load("cpm", tmp_path / "x.com", engine="reference")
    snapshot.save(box, tmp_path / "cpm")
    header, body = container.unpack("state", saved[0].read_bytes(), 1 << 24)
    rows = [*header["fields"][:-1], ["evil\x1b[2J", *header["fields"][-1][1:]]]
    data = container.pack("state", {**header, "fields": rows}, body)
    (tmp_path / "evil").write_bytes(data)
    (tmp_path / "junk").write_bytes(b"junk")
    for words, why in (
        (["info", "junk"], "not a state file"),
        (["info", "none"], "No such file"),
        (["diff", "a", "cpm"], "different machines: invaders, cpm"),
        (["diff", "a", "evil"], "different versions: field"),
        (["diff", "a", "junk"], "not a state file"),
    ):
        assert main(["state", words[0], *(str(tmp_path / w) for w in words[1:])]) == 2
        error = capsys.readouterr().err
        assert why in error
        assert error.count("\n") == 1
    assert main(["state", "info", str(tmp_path / "evil")]) == 0
    assert "\x1b" not in capsys.readouterr().out
    at = body.index(b"\0" * 8, 100)
    kinds = [[f"x{i}", "f8", [1]] for i in range(len(body) // 8)]
    rest = [["rest", "u1", [len(body) % 8]]] if len(body) % 8 else []
    nans = body[: at // 8 * 8] + b"\xff" * 8 + body[at // 8 * 8 + 8 :]
    data = container.pack("state", {**header, "fields": kinds + rest, "outputs": []}, nans)
    (tmp_path / "nan").write_bytes(data)
    assert main(["state", "info", str(tmp_path / "nan"), "--json"]) == 0

    def no_constant(text: str) -> None:
        raise AssertionError(text)

    found = json.loads(capsys.readouterr().out, parse_constant=no_constant)
    assert "nan" in [field.get("value") for field in found["fields"]]
