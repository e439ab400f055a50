"""Cartridges, forms of files and software lists: a console that is made from its cartridge."""

from __future__ import annotations

import hashlib
import json
import pickle
import re
import zipfile
import zlib
from pathlib import Path

import pytest
import toy_console as toy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from media_boards import SECTOR, SECTORS
from places import ROOT

from emucore.base.errors import UserError
from emucore.machine import Machine, MachineError
from machines import registry
from machines.host.cli import main
from machines.host.profile.library import Entry, judged
from machines.media import softlist
from machines.media.cartridge import read_cartridge
from machines.media.forms import Form, plain, raw, read_image, reader
from machines.media.softlist import Lists, lists, read_list
from roms_test import games

CONTENT = toy.content()


@pytest.fixture(autouse=True)
def _own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The console is a machine like any other, and the user's folder is the test's."""
    monkeypatch.setitem(registry.MODULES, "toy", "toy_console")
    monkeypatch.setenv("EMUCORE_DATA", str(tmp_path / "data"))


@pytest.fixture
def cart(tmp_path: Path) -> Path:
    """A cartridge whose header tells the truth."""
    path = tmp_path / "game.toy"
    path.write_bytes(toy.cartridge(CONTENT, mapper=1, ram=1))
    return path


def listed(tmp_path: Path, text: str, name: str = "own.toml") -> Path:
    folder = tmp_path / "data" / "software"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f'format = 1\nmachine = "toy"\n{text}')
    return folder / name


def row(content: bytes = CONTENT, title: str = "Six Sums", more: str = "") -> str:
    return f"""
[[software]]
title = "{title}"
sha256 = "{hashlib.sha256(content).hexdigest()}"
{more}
"""


def sums(machine: Machine) -> list[int]:
    """What the program has summed of each bank."""
    data = machine.memory[0x8002:0x800A]
    return [data[i] | data[i + 1] << 8 for i in range(0, 8, 2)]


# -- the board is made from the cartridge ---------------------------------------------------------


@pytest.mark.parametrize("mapper", [0, 1])
def test_the_header_decides_in_every_engine(tmp_path: Path, mapper: int) -> None:
    path = tmp_path / "game.toy"
    path.write_bytes(toy.cartridge(CONTENT, mapper=mapper, ram=1 + mapper))
    ends = []
    for engine in ("reference", "interp", "jit"):
        machine = registry.load("toy", path, engine=engine)
        machine.run_frames(4)
        ends.append(machine.state_sha256())
        assert machine.layout.fields["cartridge_ram"].dtype.itemsize == 1024 * (1 + mapper)
    assert len(set(ends)) == 1
    assert ("banks" in machine.board.devices) == bool(mapper)
    banks = [sum(CONTENT[b * toy.BANK :][:256]) & 0xFFFF for b in range(4)]
    assert sums(machine) == (banks if mapper else [banks[0]] * 4)


def test_a_list_that_knows_better_takes_the_place_of_a_header_that_lies(
    tmp_path: Path, cart: Path
) -> None:
    cart.write_bytes(toy.cartridge(CONTENT, mapper=0, ram=1, flags=0))
    board = 'board = { mapper = "banked", ram = 4096, battery = true }\nregion = "pal"'
    listed(tmp_path, row(more=f'{board}\nquirks = ["slow"]\nverified = "us, by ear"'))
    found = read_cartridge(cart, "toy", toy.FORMS)
    assert (found.title, found.quirks) == ("Six Sums", ("slow",))
    assert found.facts["region"] == "pal"
    assert found.lies == {
        "mapper": ("plain", "banked"),
        "ram": (1024, 4096),
        "battery": (False, True),
    }
    states = []
    for engine in ("reference", "interp", "jit"):
        machine = registry.load("toy", cart, engine=engine)
        machine.run_frames(4)
        states.append(machine.state_sha256())
    assert len(set(states)) == 1
    assert machine.board.title == "Six Sums"
    assert machine.board.kept[0].size == 4096
    assert sums(machine) == [sum(CONTENT[b * toy.BANK :][:256]) & 0xFFFF for b in range(4)]


@pytest.mark.parametrize(
    ("board", "told"),
    [
        ('mapper = "odd"', "mapper = 'odd'; expected one of banked, plain"),
        ("mapper = 7", "mapper = 7; expected one of banked, plain"),
        ("ram = 99999", "ram = 99999; expected a number up to 16,384"),
        ("ram = true", "ram = True; expected a number up to 16,384"),
        ('battery = "yes"', "battery = 'yes'; expected true or false"),
    ],
)
def test_what_a_list_says_and_no_board_can_have(
    tmp_path: Path, cart: Path, board: str, told: str
) -> None:
    listed(tmp_path, row(more=f"board = {{ {board} }}"))
    with pytest.raises(MachineError) as raised:
        registry.load("toy", cart)
    assert str(raised.value) == f"{cart}: own.toml, software 1 says {told}"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "an empty file, not a toy cartridge (TOYC)"),
        (b"TOYC", "its header is cut off"),
        (toy.cartridge(CONTENT, mapper=9), "mapper 9; there are 0 to 1"),
        (toy.cartridge(CONTENT)[:-1], "its sum is not what the header says"),
        (toy.cartridge(b""), "a cartridge with nothing on it"),
        (b"TOYC" + bytes(1 << 18), "larger than 131,080 bytes"),
        (b"TOYD" + CONTENT, "not a toy cartridge (TOYC)"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "a picture (PNG), not a toy cartridge (TOYC)"),
    ],
)
def test_a_bad_cartridge_is_one_line(cart: Path, data: bytes, told: str) -> None:
    cart.write_bytes(data)
    with pytest.raises(MachineError) as raised:
        registry.load("toy", cart)
    assert str(raised.value) == f"{cart}: {told}"


def test_a_cartridge_in_a_zip_or_folder(tmp_path: Path, cart: Path) -> None:
    alone = registry.load("toy", cart).state_sha256()
    path = tmp_path / "game.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(cart, "in/game.TOY")
        archive.writestr("readme.txt", "read me")
    assert registry.load("toy", path).state_sha256() == alone
    assert read_cartridge(path, "toy", toy.FORMS).medium.where == f"{path}: game.TOY"
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(MachineError, match=r"folder: no file that may be one \(.toy\)"):
        registry.load("toy", folder)
    (folder / "only").write_bytes(cart.read_bytes())
    assert registry.load("toy", folder).state_sha256() == alone
    for name in "abcdef":
        (folder / f"{name}.toy").write_bytes(cart.read_bytes())
    with pytest.raises(MachineError) as raised:
        registry.load("toy", folder)
    several = "several files may be meant: 'a.toy', 'b.toy', 'c.toy', 'd.toy', … (.toy)"
    assert str(raised.value) == f"{folder}: {several}"


def test_raw_images_are_known_by_their_size(tmp_path: Path) -> None:
    form, other = raw("a floppy", (".img",), [512, 1024]), Form("a tape", (".tap",), 100, b"TAP")
    path = tmp_path / "x.img"
    path.write_bytes(bytes(1024))
    medium = reader("disk", other, form)(path)
    assert (medium.content, medium.source, medium.kind) == (bytes(1024), path, "disk")
    path.write_bytes(bytes(1000))
    with pytest.raises(MachineError, match=r"x.img: 1,000 bytes; a floppy has 512, 1,024"):
        reader("disk", other, form)(path)
    path.write_bytes(b"TAP and more")
    assert read_image(path, "tape", [other]).form is other
    assert plain(b"x").content == b"x"


# -- lists ----------------------------------------------------------------------------------------


def test_a_list_knows_content_by_any_hash(tmp_path: Path) -> None:
    sha1 = hashlib.sha1(b"one", usedforsecurity=False).hexdigest()
    crc32 = f"{zlib.crc32(b'two'):08X}"
    path = listed(
        tmp_path,
        f"""
[[software]]
title = "One"
sha1 = "{sha1}"
[[software]]
title = "Two"
crc32 = "{crc32}"
size = 3
machine = "other"
""",
    )
    rows = read_list(path)
    assert [(r.title, r.machine, r.where) for r in rows] == [
        ("One", "toy", "own.toml, software 1"),
        ("Two", "other", "own.toml, software 2"),
    ]
    known = lists()
    for content, machine, title in (
        (b"one", None, "One"),
        (b"one", "toy", "One"),
        (b"one", "other", None),
        (b"two", "other", "Two"),
        (b"two", "toy", None),
        (b"three", None, None),
    ):
        found = known.find(content, machine)
        assert (found and found.title) == title
    assert softlist.shown(rows[0]) == "One (own.toml, software 1)"


def test_a_hash_that_fits_does_not_do_where_another_does_not() -> None:
    sha256 = hashlib.sha256(b"x").hexdigest()
    wrong = softlist.Software("x", "toy", "w", {"sha256": sha256, "crc32": "00000000"})
    assert Lists([wrong]).find(b"x") is None
    sized = softlist.Software("x", "toy", "w", {"sha256": sha256}, size=2)
    assert Lists([sized]).find(b"x") is None


def test_the_users_list_comes_first(tmp_path: Path) -> None:
    thistledown = games.rom()
    found = lists().find(thistledown)
    assert found is not None
    assert (found.title, found.machine, found.where) == (
        "Thistledown",
        "invaders",
        "invaders.toml, software 1",
    )
    listed(tmp_path, row(thistledown, "My Own", 'machine = "invaders"'))
    mine = lists().find(thistledown, "invaders")
    assert mine is not None
    assert mine.title == "My Own"


def test_lists_that_come_with_the_machines_are_of_machines() -> None:
    rows = [r for p in Path(softlist.__file__).parent.glob("software/*.toml") for r in read_list(p)]
    assert rows
    for each in rows:
        assert each.machine in registry.names()
        assert each.verified
        assert each.source


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("format = 2", "format = 2; this program reads 1"),
        ("", "format = None; this program reads 1"),
        ("format = true", "format = True; this program reads 1"),
        ("format = 1\nsoftwear = 1", "unknown key 'softwear'"),
        ("format = 1\nsoftware = 1", "expected machine = NAME, and [[software]] tables"),
        ("format = 1\nsoftware = [1]", "software 1: expected a table"),
        ('format = 1\n[[software]]\ntitle = ""', "software 1: title: '' is not a line of text"),
        ('format = 1\n[[software]]\ntitle = "x"', "software 1: machine is missing"),
        ('format = 1\nmachine = "m"\n[[software]]\nsize = 1', "software 1: title is missing"),
        (
            'format = 1\nmachine = "m"\n[[software]]\ntitle = "x"\ncrc32 = "00000000"',
            "software 1: expected sha256, or sha1, or crc32 with size",
        ),
        (
            'format = 1\nmachine = "m"\n[[software]]\ntitle = "x"\nsha1 = "123"',
            "software 1: sha1: '123' is not 40 hexadecimal digits",
        ),
        (
            "format = 1\n[[software]]\nboard = { x = 1.5 }",
            "software 1: board: {'x': 1.5} is not a table of numbers, texts and yes or no",
        ),
        (
            'format = 1\n[[software]]\ntitle = "a\\u001b"',
            r"software 1: title: 'a\x1b' is not a line",
        ),
    ],
)
def test_what_is_wrong_in_a_list_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "list.toml"
    path.write_text(text)
    with pytest.raises(UserError) as raised:
        read_list(path)
    assert str(raised.value).startswith(f"{path}: {told}")
    assert "\n" not in str(raised.value)


def test_the_list_in_the_documentation_is_one(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "media.md").read_text()
    example = text[text.index("    format = 1") : text.index("| key |")]
    path = tmp_path / "list.toml"
    path.write_text("".join(line[4:] + "\n" for line in example.splitlines()))
    (found,) = read_list(path)
    assert found.facts() == {"mapper": "banked", "ram": 8192, "battery": True, "region": "pal"}
    keys = set(re.findall(r"`(\w+)`", text[text.index("| key |") : text.index("Unknown keys")]))
    assert keys == {*softlist.KEYS}


def test_two_rows_of_one_content(tmp_path: Path) -> None:
    path = listed(tmp_path, row() + row(title="Another"))
    with pytest.raises(UserError, match="software 2: sha256: software 1 has the same"):
        read_list(path)


def test_a_bad_list_is_told_where_it_matters(
    tmp_path: Path, cart: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = listed(tmp_path, "[[software]]\n")
    assert main(["run", "toy", str(cart), "--frames", "1"]) == 2
    assert capsys.readouterr().err == f"emu: {path}: software 1: title is missing\n"


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.floats(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*softlist.KEYS, "x"]), inner, max_size=4)
        ),
        max_leaves=9,
    )
)
def test_any_content_is_a_list_or_told(tmp_path: Path, content: object) -> None:
    for whole in ({"format": 1, "software": content}, {"format": 1, "software": [content]}):
        outcome: object
        try:
            outcome = softlist._rows(whole, "x")
        except UserError as error:
            outcome = str(error).count("\n")
        assert outcome in (0, [])


# -- finding the machine, and the command line ----------------------------------------------------


def test_a_file_finds_its_machine(
    tmp_path: Path, cart: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(cart), "--frames", "2", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["machine"] == "toy"
    assert told.err.startswith("emu: game, on toy\n")
    listed(tmp_path, row())
    assert main(["run", str(cart), "--frames", "2", "--hash"]) == 0
    assert capsys.readouterr().err.startswith("emu: Six Sums, on toy\n")
    binary = tmp_path / "thistledown.bin"
    binary.write_bytes(games.rom())
    assert main(["run", str(binary), "--frames", "2", "--hash"]) == 0
    assert capsys.readouterr().err.startswith("emu: Thistledown, on invaders\n")
    found = judged(binary)
    assert isinstance(found, Entry)
    assert (found.machine, found.title) == ("invaders", "Thistledown")
    binary.write_bytes(games.rom()[::-1])
    assert main(["run", str(binary), "--frames", "2"]) == 2
    assert "a file comes after its name" in capsys.readouterr().err


def test_media_on_the_command_line(
    tmp_path: Path, cart: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = tmp_path / "a.td"
    disk.write_bytes(bytes(SECTOR * SECTORS))

    def run(*words: str) -> tuple[int, str]:
        code = main(["run", "toy", *words, "--frames", "2"])
        return code, capsys.readouterr().err

    slots = f"cart={cart}", f"disk={disk}"
    assert run("--media", slots[0], "--media", slots[1])[0] == 0
    assert run(str(cart), "--media", slots[1])[0] == 0
    for words, told in (
        ((str(cart), "--media", slots[0]), "emu: toy: two media for cart\n"),
        ((str(cart), "--media", "hat=x"), "emu: toy has no slot 'hat'; there are: cart, disk\n"),
        ((str(cart), "--media", "disk"), "emu: --media disk: expected SLOT=FILE\n"),
        ((str(cart), "--through", "disk"), "emu: toy: nothing is in 'disk' that can be written\n"),
        ((str(cart), "--through", "cart"), "emu: toy: nothing is in 'cart' that can be written\n"),
        (("--media", slots[1]), "emu: toy needs a cartridge\n"),
        (
            (str(cart), "--media", f"disk={cart}"),
            f"emu: {cart}: larger than 2,048 bytes\n",
        ),
        (
            (str(cart), "--media", slots[1], "--through", "disk", "--record", str(tmp_path / "f")),
            "emu: --through and --record exclude each other\n",
        ),
    ):
        assert run(*words) == (2, told)


def test_media_change_by_a_script_and_are_played_back(
    tmp_path: Path, cart: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    disk, moves = tmp_path / "a  disk.td", tmp_path / "moves.txt"
    disk.write_bytes(bytes(range(256)) * 8)
    moves.write_text(f"2 insert disk={disk}   # the first\n5 eject disk\n7 insert disk={disk}\n")
    film, state = str(tmp_path / "film"), str(tmp_path / "state")
    words = ["run", "toy", str(cart), "--hash"]
    run = [*words, "--frames", "9", "--input", str(moves)]
    assert main([*run, "--record", film, "--save-state", state]) == 0
    end = capsys.readouterr().out
    disk.unlink()
    for engine in ("reference", "interp"):
        assert main([*words, "--playback", film, "--engine", engine]) == 0
        assert capsys.readouterr().out == end
    assert main(["run", "toy", str(cart), "--load-state", state, "--frames", "1"]) == 2
    assert "in disk, which is empty: insert it first" in capsys.readouterr().err
    assert main(["state", "info", film]) == 0
    capsys.readouterr()
    assert main([*run]) == 2
    assert capsys.readouterr().err == f"emu: {moves}:1: {disk}: no such file or folder\n"
    disk.write_bytes(bytes(range(256)) * 8)
    engines = ["--engines", "interp,jit", "--frames", "9", "--input", str(moves)]
    assert main(["diverge", "toy", str(cart), *engines]) == 0
    for line in ("1 insert hat=x", "1 eject hat", "1 insert disk", "x insert disk=y"):
        moves.write_text(line)
        assert main([*run]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_another_process_needs_the_cartridge_and_not_the_disk(tmp_path: Path, cart: Path) -> None:
    disk = tmp_path / "a.td"
    disk.write_bytes(bytes(range(256)) * 8)
    machine = registry.load("toy", cart, media={"disk": disk})
    machine.run_frames(3)
    data = pickle.dumps(machine)
    disk.unlink()
    other = pickle.loads(data)
    assert other.media["disk"] == machine.media["disk"]
    assert other.state_sha256() == machine.state_sha256()
    cart.unlink()
    with pytest.raises(MachineError, match="no such file or folder"):
        pickle.loads(data)


def test_a_list_that_has_changed_is_read_again(tmp_path: Path, cart: Path) -> None:
    assert read_cartridge(cart, "toy", toy.FORMS).title == ""
    path = listed(tmp_path, row())
    assert read_cartridge(cart, "toy", toy.FORMS).title == "Six Sums"
    listed(tmp_path, row(title="Seven Sums, or so"))
    assert read_cartridge(cart, "toy", toy.FORMS).title == "Seven Sums, or so"
    path.unlink()
    assert read_cartridge(cart, "toy", toy.FORMS).title == ""


def test_what_is_in_slots_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert "--media disk=…" in capsys.readouterr().out
    assert main(["list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["machines"]
    (found,) = (row for row in rows if row["name"] == "toy")
    assert found["slots"][0] == {
        "name": "cart",
        "kind": "cartridge",
        "takes": "a toy cartridge (.toy)",
        "fixed": True,
    }
