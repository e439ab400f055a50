"""The examples in the documentation run as they stand."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import emucore
import machines


def documented() -> Iterator[str]:
    """Modules whose docstrings have examples."""
    for package in (emucore, machines):
        yield package.__name__
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            spec = found.module_finder.find_spec(found.name, None)  # type: ignore[call-arg]
            assert spec is not None
            loader = spec.loader
            source = loader.get_source(found.name)  # type: ignore[union-attr]
            if source is not None and "\n    >>> " in source.replace(
                "\n        >>> ", "\n    >>> "
            ):
                yield found.name


@pytest.mark.parametrize("name", list(documented()))
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0
    assert result.attempted or name == "emucore"


def test_the_api_has_examples() -> None:
    wanted = {"runner", "front", "opened", "registers", "memory_view", "symbols", "picture"}
    assert {"emucore.machine.machine", *(f"emucore.body.{name}" for name in wanted)} <= set(
        documented()
    )
