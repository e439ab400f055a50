"""What the page on the rooms names is there: each file, and each name in the file before it."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache

import pytest
from places import ROOT

PAGE = ROOT / "docs" / "ARCHITECTURE.md"
QUOTED = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"[\w./]+\.(?:py|toml)|(?:\w+/)+")
NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)?")


def mentions() -> list[tuple[str, str]]:
    """Of the ways: names, each with the file that was mentioned last."""
    text = PAGE.read_text()
    found, file = [], ""
    for quoted in QUOTED.findall(text[text.index("## The way of an opcode") :]):
        if FILE.fullmatch(quoted):
            file = quoted
        elif NAME.fullmatch(quoted):
            found.append((file, quoted))
    return found


@cache
def defined(file: str) -> set[str]:
    """The functions, classes and their methods of a file, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text())):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{n.name}" for n in node.body if isinstance(n, ast.FunctionDef)}
    return names


def test_the_files_are_there() -> None:
    files = [quoted for quoted in QUOTED.findall(PAGE.read_text()) if FILE.fullmatch(quoted)]
    assert len(files) > 60
    for file in files:
        assert (ROOT / file).exists(), file


@pytest.mark.parametrize(("file", "name"), mentions())
def test_the_names_are_there(file: str, name: str) -> None:
    assert name in defined(file)


def test_the_ways_are_told_by_names() -> None:
    assert len(mentions()) > 40
    assert {name for _, name in mentions()} >= {"Isa.trace", "Panel.press", "Sounds.keep"}


def test_every_room_is_told() -> None:
    """Those of the contracts, and no other folder."""
    text = PAGE.read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    told = 0
    for contract in project["tool"]["importlinter"]["contracts"]:
        for package in contract.get("containers", []):
            if package.count("."):
                continue
            for layer in contract["layers"]:
                for room in layer.replace("(", "").replace(")", "").split(" | "):
                    if (ROOT / package / room).is_dir():
                        assert f"`{package}/{room}/`" in text, room
                        told += 1
    assert told > 20
