"""Files of every release are loaded by this version, and come to what they came to then."""

from __future__ import annotations

import functools
import json
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from make_corpus import CORPUS, EXPECTED, FEW, KINDS, MANY, outcomes

import machines
from emucore.cpus import CPUS
from emucore.history import recording, snapshot

ENGINES = ("interp", "jit", "reference")
RELEASES = sorted(path.parent for path in CORPUS.glob(f"*/{EXPECTED}"))


def files(ending: str, engines: tuple[str, ...] = ENGINES) -> list[Any]:
    """Folder, kind and engine; the reference engine's many frames take long."""
    return [
        pytest.param(folder, path.stem, engine, id=f"{folder.name}-{path.stem}-{engine}")
        for folder in RELEASES
        for path in sorted(folder.glob(f"*.{ending}"))
        for engine in engines
    ]


@functools.cache
def expected(folder: Path) -> dict[str, list[dict[str, str]]]:
    content = json.loads((folder / EXPECTED).read_text())
    assert isinstance(content, dict)
    return content


def compare(found: dict[str, str], then: dict[str, str]) -> None:
    """They are equal as far as there still is something to compare: most of it."""
    assert found == {name: then[name] for name in found}
    assert len(found) > len(then) / 2
    assert "(picture)" in found


def goes_on(folder: Path, name: str, engine: str, frames: int) -> None:
    found = list(outcomes(folder, KINDS[name], engine, frames))
    for now, then in zip(found, expected(folder)[name], strict=frames == MANY):
        compare(now, then)
    assert len(found) == (2 if frames == MANY else 1)


@pytest.mark.parametrize(("folder", "name", "engine"), files("state"))
def test_states_go_on(folder: Path, name: str, engine: str) -> None:
    goes_on(folder, name, engine, FEW if engine == "reference" else MANY)


@pytest.mark.long
@pytest.mark.parametrize(("folder", "name", "engine"), files("state", ("reference",)))
def test_states_go_on_for_long(folder: Path, name: str, engine: str) -> None:
    goes_on(folder, name, engine, MANY)


def plays(folder: Path, name: str, engine: str) -> None:
    machine = KINDS[name].make(folder)
    machine.use(engine)
    played = recording.start(machine, folder / f"{name}.recording")
    assert played.frames == MANY
    assert played.play(machine)


@pytest.mark.parametrize(("folder", "name", "engine"), files("recording", ENGINES[:2]))
def test_recordings_play(folder: Path, name: str, engine: str) -> None:
    plays(folder, name, engine)


@pytest.mark.long
@pytest.mark.parametrize(("folder", "name", "engine"), files("recording", ("reference",)))
def test_recordings_play_on_the_reference(folder: Path, name: str, engine: str) -> None:
    plays(folder, name, engine)


@pytest.mark.parametrize("folder", RELEASES, ids=lambda folder: folder.name)
def test_states_are_from_amid_a_frame(folder: Path) -> None:
    for path in sorted(folder.glob("*.state")):
        machine = KINDS[path.stem].make(folder)
        machine.load_state(path)
        assert machine.time % machine.board.frame_ticks > machine.board.frame_ticks // 4


def test_this_version_has_its_files() -> None:
    """Of every machine and every CPU; ``python tests/make_corpus.py`` makes them."""
    folder = CORPUS / metadata.version("emucore")
    assert folder in RELEASES
    states = [snapshot.read(path).header for path in folder.glob("*.state")]
    assert {state["machine"] for state in states} >= set(machines.names())
    assert {cpu for state in states for cpu in state["cpus"].values()} == set(CPUS)
    assert {path.stem for path in folder.glob("*.state")} == set(KINDS) == set(expected(folder))
    recorded = {path.stem for path in folder.glob("*.recording")}
    assert recorded == {kind.name for kind in KINDS.values() if kind.recorded}
