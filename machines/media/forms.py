"""Files of media: what is content in them and what is header, read within bounds.

A file may lie in a folder or a zip, alone or as the only one that looks right.  What is wrong with
it is a :class:`MachineError` of one line that begins with its path.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emucore.base.errors import MachineError, UserError
from emucore.base.files import about
from emucore.base.medium import Medium
from machines.media.recognise import foreign
from machines.media.romset import is_set, read_file, read_files

#: Files of a folder or zip that are named where several may be meant.
SHOWN = 4


@dataclass(frozen=True)
class Parts:
    """A file: its content, what stands before and behind it, and what the header says."""

    content: bytes
    head: bytes = b""
    tail: bytes = b""
    facts: Mapping[str, Any] = field(default_factory=dict)
    protected: bool = False


def plain(data: bytes) -> Parts:
    """A file that is all content."""
    return Parts(data)


@dataclass(frozen=True)
class Form:
    """One way that files of a kind of medium look.

    *name* is what one is called (``a disk of 720 KiB``); *suffixes* are what their names end with,
    in lower case, and *magic* what they begin with.  A file has at most *most* bytes; *split* takes
    it apart, and raises :class:`UserError` for what a header says that cannot be.
    """

    name: str
    suffixes: tuple[str, ...]
    most: int
    magic: bytes = b""
    split: Callable[[bytes], Parts] = plain

    def named(self, name: str) -> bool:
        """Whether a file of that name may be one."""
        return name.lower().endswith(self.suffixes)

    def begins(self, data: bytes) -> bool:
        """Whether *data* begin as one."""
        return data.startswith(self.magic)


def raw(name: str, suffixes: tuple[str, ...], sizes: Collection[int]) -> Form:
    """Images without any header, which have one of *sizes*."""

    def split(data: bytes) -> Parts:
        if len(data) not in sizes:
            known = ", ".join(f"{size:,}" for size in sorted(sizes))
            raise UserError(f"{len(data):,} bytes; {name} has {known}")
        return Parts(data)

    return Form(name, suffixes, max(sizes), split=split)


@dataclass(frozen=True)
class Image:
    """A medium that was read from a file of *form*, and what its header says."""

    medium: Medium
    form: Form
    facts: Mapping[str, Any]


def read_image(path: Path, kind: str, forms: Sequence[Form]) -> Image:
    """The medium of a *kind* in *path*, which has one of *forms*: the first that it begins as.

    Raises :class:`MachineError`, and :class:`OSError` for what cannot be read.
    """
    inside = is_set(path)
    name, data = _only(path, forms) if inside else (path.name, _read(path, forms))
    fitting = [form for form in forms if form.begins(data)]
    form = next((f for f in fitting if f.named(name)), fitting[0] if fitting else None)
    where = f"{path}: {name}" if inside else str(path)
    sure = form is not None and (form.magic or form.named(name))
    what = foreign(data) if not data or not sure else ""
    if form is None or what:
        wanted = " or ".join(each.name for each in forms)
        raise MachineError(f"{where}: {what}{', ' if what else ''}not {wanted}")
    if len(data) > form.most:
        raise MachineError(f"{where}: larger than {form.most:,} bytes, the most of {form.name}")
    try:
        parts = form.split(data)
    except UserError as error:
        raise MachineError(about(Path(where), error)) from None
    if not parts.content:
        raise MachineError(f"{where}: a {kind} with nothing on it")
    medium = Medium(
        parts.content,
        Path(name).name,
        kind,
        protected=parts.protected,
        head=parts.head,
        tail=parts.tail,
        source=path,
        inside=inside,
    )
    return Image(medium, form, parts.facts)


def reader(kind: str, *forms: Form) -> Callable[[Path], Medium]:
    """A function that reads media of a *kind*, for :meth:`emucore.board.Board.slot`."""
    return lambda path: read_image(path, kind, forms).medium


def _read(path: Path, forms: Sequence[Form]) -> bytes:
    try:
        return read_file(path, max(form.most for form in forms))
    except MachineError:
        raise
    except UserError as error:
        raise MachineError(about(path, error)) from None


def _only(path: Path, forms: Sequence[Form]) -> tuple[str, bytes]:
    """The one file in a folder or zip that may be meant: by its name, or for want of others."""
    named, others = list[tuple[str, bytes]](), list[tuple[str, bytes]]()
    for name, data in read_files(path, max(form.most for form in forms)):
        found = named if any(form.named(name) for form in forms) else others
        if len(found) <= SHOWN:
            found.append((name, data))
        if len(named) > SHOWN:
            break
    found = named or others
    if len(found) == 1:
        return found[0]
    names = ", ".join(repr(name) for name, _ in found[:SHOWN])
    more = ", …" if len(found) > SHOWN else ""
    what = f"several files may be meant: {names}{more}" if found else "no file that may be one"
    suffixes = ", ".join(sorted({s for form in forms for s in form.suffixes}))
    raise MachineError(f"{path}: {what} ({suffixes})")
