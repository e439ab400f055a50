"""Which arrays of a device its own functions may change, as their source says.

A program in such an array can change at any moment without a CPU's doing: it is not translated.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from emucore.device import Device, Shared


@cache
def written(device: Device) -> set[str]:
    """Names of array fields that may be stored to; all of them where that cannot be told.

    Those of several dimensions are among them always: their rows may be passed around.
    """
    arrays = {name for name, spec in device.fields.items() if spec.shape}
    found = {name for name in arrays if len(device.fields[name].shape) > 1}
    for function in _reachable(list(device.functions.values())):
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        except (OSError, TypeError, SyntaxError):  # no source at hand
            return arrays
        for name in _stored(tree):
            if name is None:
                return arrays
            found.add(name)
    return found & arrays


def _reachable(functions: list[Callable[..., Any]]) -> Iterator[Callable[..., Any]]:
    """The functions, and the shared ones that they call."""
    seen: set[Callable[..., Any]] = set()
    while functions:
        function = functions.pop()
        if function not in seen:
            seen.add(function)
            used = (function.__globals__.get(name) for name in function.__code__.co_names)
            functions += [value.function for value in used if isinstance(value, Shared)]
            yield function


def _stored(tree: ast.AST) -> Iterator[str | None]:
    """Attributes whose elements are stored to, or that are given away; None for a mystery.

    What a function stores to its parameters counts where they are given.
    """
    given = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    aliases: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    aliases.setdefault(target.id, set()).add(node.value.attr)
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            array = node.value
            while isinstance(array, ast.Subscript):
                array = array.value
            if isinstance(array, ast.Attribute):
                yield array.attr
            elif isinstance(array, ast.Name) and array.id in aliases:
                yield from aliases[array.id]
            elif not isinstance(array, ast.Name) or array.id not in given:
                yield None
        elif isinstance(node, ast.Call):
            for argument in node.args:
                if isinstance(argument, ast.Attribute):
                    yield argument.attr
                elif isinstance(argument, ast.Name):
                    yield from aliases.get(argument.id, ())
