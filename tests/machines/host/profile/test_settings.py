"""The settings file: read with care, written into what is there."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emucore.machine import Machine
from machines.arcade.invaders import build
from machines.host.input.controls import ACTIONS
from machines.host.profile.settings import FILTERS, PLAIN, Settings, _read, load

TEXT = """\
# my settings
[video]
filter = "smooth"   # looks nice
future = [1, 2]

[actions]
pause = ["pad1 back"]

[machines.invaders.controls]
fire = ["x", "pad1 a"]

[machines.invaders.switches]
lives = "6"
"""

WORDS = 'texts, as ["p", "pad1 a"]'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "settings.toml"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    rom = tmp_path / "rom.bin"
    rom.write_bytes(b"\0")
    return build(rom)


def write(path: Path, text: str | bytes) -> Settings:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load(path)


def test_without_a_file_everything_is_as_usual(path: Path) -> None:
    settings = load(path)
    assert settings.problems == []
    assert all(settings[name] == usual for name, (usual, _) in PLAIN.items())
    assert settings.save() == ""
    assert not path.exists()


def test_usual_values_are_allowed() -> None:
    assert all(good(usual) for usual, good in PLAIN.values())


def test_what_is_in_the_file(path: Path) -> None:
    settings = write(path, TEXT)
    assert settings.problems == []
    assert settings["video", "filter"] == "smooth"
    assert settings.actions == {"pause": ["pad1 back"]}
    assert settings.controls == {"invaders": {"fire": ["x", "pad1 a"]}}
    assert settings.switches == {"invaders": {"lives": "6"}}


@pytest.mark.parametrize(
    ("text", "wrong", "choices"),
    [
        (
            "[video]\nfilter = 'sharp'",
            """video.filter = 'sharp'""",
            '"crisp", "smooth" or "scanlines"',
        ),
        ("[video]\nscale = true", "video.scale = True", "0 to 16"),
        ("[video]\nfullscreen = 1", "video.fullscreen = 1", "false or true"),
        ("[sound]\nvolume = 101", "sound.volume = 101", "0 to 100"),
        ("[sound]\nvolume = 1.5", "sound.volume = 1.5", "0 to 100"),
        ("video = 3", "video = 3", "a table, as [video]"),
        ("[actions]\npause = 'p'", "actions.pause = 'p'", WORDS),
        ("[actions]\npause = [1]", "actions.pause = [1]", WORDS),
        ("[actions]\nnosuch = 'p'", "actions.nosuch = 'p'", WORDS),
        ("[machines]\ninvaders = 4", "machines.invaders = 4", "a table, as [machines.invaders]"),
        (
            "[machines.invaders]\nswitches = 4",
            "machines.invaders.switches = 4",
            "a table, as [machines.invaders.switches]",
        ),
        (
            "[machines.invaders.switches]\nlives = 6",
            "machines.invaders.switches.lives = 6",
            'a text, as "6"',
        ),
    ],
)
def test_a_wrong_value_is_told_and_not_taken(
    path: Path, text: str, wrong: str, choices: str
) -> None:
    settings = write(path, text)
    assert settings.problems == [f"{wrong} ignored: it may be {choices}"]
    assert all(settings[name] == usual for name, (usual, _) in PLAIN.items())
    assert settings.actions == {}
    assert not any(settings.switches.values())


@pytest.mark.parametrize("text", ["[video", b"\xff\xfe", "a = 1\na = 2", b"\0", "#" * (2 << 20)])
def test_a_damaged_file_is_told_and_left_alone(path: Path, text: str | bytes) -> None:
    settings = write(path, text)
    (problem,) = settings.problems
    assert problem.startswith("all of it ignored: ")
    assert "\n" not in problem
    before = path.read_bytes()
    settings.change(("sound", "volume"), 10)
    assert settings["sound", "volume"] == 10
    assert settings.save().startswith(f"settings not kept: {path}: ")
    assert path.read_bytes() == before


def test_names_that_mean_nothing_are_told(path: Path, machine: Machine) -> None:
    settings = write(path, "[actions]\nnap = ['p']\n[machines.invaders.controls]\njump = ['x']\n")
    settings.set_up(machine)
    assert settings.problems == [
        f"actions.nap ignored: there are {', '.join(ACTIONS)}",
        f"machines.invaders.controls.jump ignored: there are {', '.join(machine.board.inputs)}",
    ]


@given(text=st.text() | st.text("[]=\"'\n.,{}x1 ") | st.binary())
def test_any_file_gives_settings(
    tmp_path_factory: pytest.TempPathFactory, text: str | bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(text.encode(errors="replace") if isinstance(text, str) else text)
    settings = load(path)
    assert settings["sound", "volume"] == 100
    assert not any("\n" in problem for problem in settings.problems)


@given(
    content=st.recursive(
        st.none() | st.booleans() | st.integers(-200, 200) | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["video", "sound", "machines", "actions", "volume", "filter", "invaders"]
                )
                | st.text(max_size=4),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_content_is_read(content: object) -> None:
    settings = Settings()
    _read(settings, content if isinstance(content, dict) else {"machines": content})
    for name, (_, good) in PLAIN.items():
        assert good(settings[name])


def test_changes_go_into_the_file_as_it_is(path: Path) -> None:
    settings = write(path, TEXT)
    settings.change(("video", "filter"), "scanlines")
    settings.change(("sound", "volume"), 50)
    settings.bind_action("pause", ["p", "pad1 back"])
    settings.bind_input("invaders", "coin", ["c"])
    settings.set_switch("invaders", "lives", "5")
    settings.set_switch("other", "level", "hard")
    assert settings.save() == ""
    text = path.read_text()
    assert text.startswith("# my settings\n")
    assert "# looks nice" in text
    assert "future = [1, 2]" in text
    again = load(path)
    assert again.problems == []
    assert again["video", "filter"] == "scanlines"
    assert again["sound", "volume"] == 50
    assert again.actions == settings.actions
    assert again.controls == {"invaders": {"fire": ["x", "pad1 a"], "coin": ["c"]}, "other": {}}
    assert again.switches == {"invaders": {"lives": "5"}, "other": {"level": "hard"}}


def test_a_new_file_tells_what_there_is_to_set(path: Path) -> None:
    settings = load(path)
    settings.change(("sound", "volume"), 50)
    settings.set_switch("invaders", "lives", "5")
    assert settings.save() == ""
    text = path.read_text()
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert {'# filter = "crisp"', '# pause = ["p"]', "# rewind_mib = 64"} <= set(comments)
    assert all(f"# {key} = " in text for _, key in PLAIN)
    rest = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert rest == ["[sound]", "volume = 50", "[machines.invaders.switches]", 'lives = "5"']
    assert load(path).problems == []
    told = [line[2:] for line in comments if re.match(r"# (\[\w+\]$|\w+ = )", line)]
    usual = write(path, "\n".join(told))
    assert usual.problems == []
    assert all(usual.values[name] == value for name, (value, _) in PLAIN.items())
    assert usual.actions == {name: list(controls) for name, (_, controls) in ACTIONS.items()}


def test_what_another_session_wrote_stays(path: Path) -> None:
    first, second = load(path), load(path)
    first.change(("sound", "volume"), 50)
    second.change(("video", "filter"), FILTERS[1])
    assert first.save() == second.save() == ""
    both = load(path)
    assert both["sound", "volume"] == 50
    assert both["video", "filter"] == FILTERS[1]


def test_without_a_place_they_are_kept_in_memory(tmp_path: Path) -> None:
    settings = Settings()
    settings.change(("sound", "volume"), 50)
    assert settings.save() == ""
    (tmp_path / "file").write_text("")
    settings = load(tmp_path / "file" / "settings.toml")
    assert len(settings.problems) == 1
    settings.change(("sound", "volume"), 50)
    assert settings["sound", "volume"] == 50
    assert settings.save().startswith("settings not kept: ")


def test_what_could_not_be_written_is_written_the_next_time(path: Path) -> None:
    settings = write(path, TEXT)
    settings.change(("sound", "volume"), 50)
    path.write_text("[video")  # an editor is at it
    assert settings.save().startswith("settings not kept: ")
    path.write_text(TEXT)
    settings.change(("video", "filter"), FILTERS[1])
    assert settings.save() == ""
    assert (load(path)["sound", "volume"], load(path)["video", "filter"]) == (50, FILTERS[1])


@pytest.mark.skipif(os.name != "posix", reason="folders that cannot be written are POSIX's here")
def test_an_unwritable_folder_is_told(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        folder = Path("/proc")  # where not even root makes files
    else:
        folder = tmp_path
        tmp_path.chmod(0o500)
    settings = load(folder / "emucore" / "settings.toml")
    settings.change(("sound", "volume"), 50)
    assert settings.save().startswith("settings not kept: ")


def test_switches_are_set_where_nothing_else_was_asked(path: Path, machine: Machine) -> None:
    text = '[machines.invaders.switches]\nlives="6"\nbonus="1000"\ncabinet="round"\nspeed="9"'
    settings = write(path, text)
    settings.set_up(machine, besides={"bonus"})
    assert machine.setting("lives") == "6"
    assert machine.setting("bonus") == "1500"
    assert machine.setting("cabinet") == "upright"
    assert settings.problems == [
        'machines.invaders.switches.cabinet = \'round\' ignored: it may be "upright" or "cocktail"',
        "machines.invaders.switches.speed ignored: there are lives, bonus, coin_info, cabinet",
    ]
