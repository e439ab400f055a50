"""What is told from a program by its contents, and that programs are not."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from emucore.machine import MachineError
from machines.arcade.invaders import build
from machines.host.cli import main
from machines.media import recognise
from machines.media.recognise import foreign
from roms_test import games


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "ICO"])
def test_pictures(format: str) -> None:
    data = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(data, format)
    assert foreign(data.getvalue()).startswith("a picture")


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "one\r\ntwo\r\n\x1a",
        "Grüße, 漢字",
        "\x1b[1mbold\x1b[0m",
        '{"a": [1, 2]}',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_texts(text: str, encoding: str) -> None:
    assert foreign(text.encode(encoding)) == "text"


def test_texts_in_old_alphabets() -> None:
    assert foreign("Grüße aus Köln".encode("latin-1")) == "text"


def test_this_projects_sources_are_texts() -> None:
    for path in Path(recognise.__file__).parent.glob("*.py"):
        assert foreign(path.read_bytes()) == "text"


def test_programs_are_none_of_it() -> None:
    assert foreign(games.rom()) == ""
    for data in (b"\x76", b"\0", b"v", b"\xc3\0\0", bytes(100), b"\xff" * 100, b"v" * 100):
        assert foreign(data) == ""
    assert foreign(b"") == "an empty file"


@given(data=st.binary(min_size=64, max_size=200))
def test_chance_is_hardly_ever_taken_for_something_else(data: bytes) -> None:
    if any(b < 9 for b in data):
        assert foreign(data) in ("", *(what for _, what in recognise._BEGINNINGS))
    assert foreign(b"\0\xf3" + data) == ""


def test_nothing_of_it_is_run_where_it_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the command line as in the window: another kind of the same slip."""
    path = tmp_path / "notes.bin"
    path.write_text("Not a program\n")
    with pytest.raises(MachineError, match=r"notes.bin: text, not a program$"):
        build(path)
    assert main(["run", "invaders", str(path), "--frames", "1"]) == 2
    assert capsys.readouterr().err == f"emu: {path}: text, not a program\n"
