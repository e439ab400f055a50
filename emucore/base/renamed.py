"""Names of an earlier version: they go on for one version more, with a warning.

A package says in its ``__init__`` where its table is: ``install(__name__, "jit.base.old_names")``.
It is read when a name is asked for that there is not, so who uses today's names pays nothing.
"""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

TYPE_CHECKING = False  # typing's is slow to import, and every start comes by here
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

#: By packages: the modules that have ``MOVED`` and ``RENAMED``.  The one has, by the path of a
#: module, those that have its names now, with blanks between; the other, by the path of a name,
#: what it is called in them now, or ``module:name``.
_tables: dict[str, str] = {}


def install(package: str, table: str) -> None:
    """Have the old names of modules of *package* be found, by the module *table*."""
    if not _tables:
        sys.meta_path.append(_Finder)  # behind all others: asked for what there is not
    _tables[package] = table


def names_of(package: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of a *package* that is called as a module was, or had other names."""

    def find(name: str) -> Any:
        module = sys.modules[package]
        known = name.startswith("_") or PathFinder.find_spec(f"{package}.{name}", module.__path__)
        found = None if known else _find(package, name)
        if found is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home, own = found
        _warn(f"{package}.{name}", f"{home.__name__}.{own}")
        value = getattr(home, own)
        setattr(module, name, value)  # once
        return value

    return find


def _table(name: str) -> Any:
    return import_module(_tables[name.partition(".")[0]])


def _homes(module: str) -> list[str]:
    """The modules that have the names of *module* now; none if it is none that there was."""
    moved: dict[str, str] = _table(module).MOVED
    if module in moved:
        return moved[module].split()
    whole, _, part = module.rpartition(".")
    here = sys.modules.get(whole)
    if isinstance(here, _Moved):  # of a package that moved as a whole
        return [f"{home}.{part}" for home in _homes(whole)[:1] if _exists(home, part)]
    return []


def _exists(package: str, name: str) -> bool:
    path = getattr(import_module(package), "__path__", ())
    return PathFinder.find_spec(f"{package}.{name}", path) is not None


def _find(module: str, name: str) -> tuple[ModuleType, str] | None:
    """The module that has a name of *module* now, and what it is called there."""
    home, _, own = _table(module).RENAMED.get(f"{module}.{name}", name).rpartition(":")
    for path in [home] if home else _homes(module):
        found = import_module(path)
        if hasattr(found, own):
            return found, own
    return None


def _warn(old: str, new: str) -> None:
    text = f"{old} is {new} now: the old name goes with the next version"
    warnings.warn(text, DeprecationWarning, stacklevel=3)


class _Moved(ModuleType):
    """A module that was: its names are those of others, and who sets one sets theirs."""

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return dir(self)
        found = None if name.startswith("__") else _find(self.__name__, name)
        if found is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(*found)

    def __setattr__(self, name: str, value: Any) -> None:
        own = name.startswith("__") or isinstance(value, _Moved)
        found = None if own else _find(self.__name__, name)
        if found is None:
            super().__setattr__(name, value)
        else:
            setattr(*found, value)

    def __dir__(self) -> Iterable[str]:
        names = {n for path in _homes(self.__name__) for n in vars(import_module(path))}
        prefix = f"{self.__name__}."
        renamed = {n for n in _table(self.__name__).RENAMED if n.startswith(prefix)}
        return sorted(
            {n for n in names if not n.startswith("_")} | {n[len(prefix) :] for n in renamed}
        )


class _Loader:
    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        return _Moved(spec.name)

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        name, homes = module.__name__, _homes(module.__name__)
        for home in homes:
            import_module(home)
        table = _table(name)
        if name in table.MOVED:  # what is in it goes with it, without a word more
            prefix = f"{name}."
            others = [
                f"{old[len(prefix) :]}: {new.rpartition(':')[2]}"
                for old, new in table.RENAMED.items()
                if old.startswith(prefix)
            ]
            _warn(name, " and ".join(homes) + (f" ({', '.join(others)})" if others else ""))


class _Finder:
    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if path is None or name.partition(".")[0] not in _tables or not _homes(name):
            return None
        loader: Any = _Loader
        return ModuleSpec(name, loader, is_package=True)  # of no folder: what is in it comes here
