"""What compiled code was made from, as a name or a hash that says whether it is still true.

Of a device function: its code, its constants, what it calls.

Independent of where the source lies, so that a device of a user's own file is cached safely.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from emucore.device import Device, Shared
from emucore.isa import Isa


def fingerprint(function: Callable[..., Any], kind: type[Device] | None = None) -> str:
    """Hash of *function*, in hexadecimal: if it is given a record of *kind*, also of the functions
    of that class and of its parts' that it may call."""
    digest = hashlib.sha256()
    _function(digest, function, set(), _kinds(kind) if kind else [])
    return digest.hexdigest()


def _kinds(kind: type[Device]) -> list[type[Device]]:
    """A class of devices and those of its parts."""
    return [kind, *(inner for part in kind.parts.values() for inner in _kinds(part.kind))]


def _function(
    digest: Any, function: Callable[..., Any], seen: set[object], kinds: Sequence[type[Device]] = ()
) -> None:
    if function in seen:
        return
    seen.add(function)
    for told in function.__annotations__.values():
        named = function.__globals__.get(told) if isinstance(told, str) else told
        if isinstance(named, type) and issubclass(named, Device):
            kinds = [*kinds, *(kind for kind in _kinds(named) if kind not in kinds)]
    for name in function.__code__.co_names:
        for called in [k.functions[name] for k in kinds if name in k.functions]:
            digest.update(name.encode())
            _function(digest, called, seen, kinds)
    code = function.__code__
    digest.update(repr(function.__defaults__).encode())
    _code(digest, code)
    for name in code.co_names:
        if name in function.__globals__:
            _global(digest, name, function.__globals__[name], code.co_names, seen)
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        _global(digest, name, cell.cell_contents, code.co_names, seen)


def _code(digest: Any, code: types.CodeType) -> None:
    """Hash bytecode, names and constants; not where they stand."""
    digest.update(code.co_code + repr((code.co_varnames, code.co_names)).encode())
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            _code(digest, constant)
        else:
            digest.update(repr(constant).encode())


def _global(digest: Any, name: str, value: Any, used: tuple[str, ...], seen: set[object]) -> None:
    """Hash what *name* stands for in a function that uses the names *used*."""
    digest.update(name.encode())
    if isinstance(value, Shared):
        _function(digest, value.function, seen)
    elif isinstance(value, np.ndarray):
        digest.update(repr((value.dtype.str, value.shape)).encode() + value.tobytes())
    elif isinstance(value, (int, float, str, tuple, bool)):
        digest.update(repr(value).encode())
    elif isinstance(value, types.ModuleType):
        for attribute in used:
            if hasattr(value, attribute):
                _global(digest, attribute, getattr(value, attribute), (), seen)
    else:  # builtins: their name is enough
        digest.update(getattr(value, "__name__", type(value).__name__).encode())


def identity(isa: Isa) -> str | None:
    """What says which ISA it is: its name, if emucore's sources hold all of its description.

    Every key depends on those, so a warm start need not trace it.  None for others.
    """
    functions = [i.function for i in isa.instructions]
    modules = [isa.cpu.__module__, *(_origin(function).__module__ for function in functions)]
    return isa.name if all(module.startswith("emucore.") for module in modules) else None


def _origin(function: Callable[..., Any]) -> Callable[..., Any]:
    """What was written, where *function* is that wrapped, or with arguments given."""
    function = inspect.unwrap(function)
    while isinstance(function, functools.partial):
        function = function.func
    return function
