"""What a device function depends on, as a hash: its code, its constants, what it calls.

Independent of where the source lies, so that a device of a user's own file is cached safely.
"""

from __future__ import annotations

import hashlib
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from emucore.device import Shared


def fingerprint(function: Callable[..., Any]) -> str:
    """Hash of *function*, in hexadecimal."""
    digest = hashlib.sha256()
    _function(digest, function, set())
    return digest.hexdigest()


def _function(digest: Any, function: Callable[..., Any], seen: set[object]) -> None:
    if function in seen:
        return
    seen.add(function)
    code = function.__code__
    digest.update(code.co_code + repr((code.co_varnames, code.co_names)).encode())
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            digest.update(constant.co_code)
        else:
            digest.update(repr(constant).encode())
    for name in code.co_names:
        if name in function.__globals__:
            _global(digest, name, function.__globals__[name], seen)


def _global(digest: Any, name: str, value: Any, seen: set[object]) -> None:
    digest.update(name.encode())
    if isinstance(value, Shared):
        _function(digest, value.function, seen)
    elif isinstance(value, np.ndarray):
        digest.update(repr((value.dtype.str, value.shape)).encode() + value.tobytes())
    elif isinstance(value, (int, float, str, tuple, bool)):
        digest.update(repr(value).encode())
    else:  # builtins and modules: their name is enough
        digest.update(getattr(value, "__name__", type(value).__name__).encode())
