"""What programs come as: a raw binary, an ELF executable, or a source, which is assembled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from emucore.assembler import AsmError, assemble
from emucore.base import elf
from emucore.base.elf import Segment
from emucore.base.errors import MachineError, Mistakes, UserError
from emucore.base.files import read_bounded
from emucore.isa import Isa
from machines.media.recognise import foreign

#: Bytes of a file, and of a program in memory, at most.
MOST = 64 << 20
#: How the names of sources end.
SOURCES = (".asm", ".s")
ELF = b"\x7fELF"


@dataclass(frozen=True)
class Program:
    """Bytes at addresses, where it begins, and its names."""

    segments: tuple[Segment, ...]
    entry: int
    symbols: Mapping[str, int] = field(default_factory=dict)

    @property
    def start(self) -> int:
        """The lowest address."""
        return min((s.address for s in self.segments), default=self.entry)

    @property
    def end(self) -> int:
        """The address behind the highest."""
        return max((s.address + s.size for s in self.segments), default=self.entry)


def read(path: Path, chip: Isa, load: int, *, moved: bool) -> Program:
    """The program in *path*, which begins at *load* if it does not say where.

    *moved* tells that the user has said so.  Raises :class:`MachineError` of one line, or
    :class:`Mistakes` with every line of a source that is wrong, and :class:`OSError`.
    """
    try:
        if path.suffix.lower() in SOURCES:
            return assembled(path, chip, load)
        data = read_bounded(path, MOST)
        if data.startswith(ELF):
            return _executable(data, chip, moved=moved)
    except FileNotFoundError:
        raise MachineError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise MachineError(f"{path}: is a folder; flat runs a file") from None
    except Mistakes:
        raise
    except UserError as error:
        text = str(error)
        raise MachineError(text if text.startswith(str(path)) else f"{path}: {text}") from None
    what = foreign(data)
    if what:
        more = f"; a source is called {path.stem}.asm" if what == "text" else ""
        raise MachineError(f"{path}: {what}, not a program{more}")
    return Program((Segment(load, data, len(data)),), load)


def assembled(
    path: Path, chip: Isa, load: int, symbols: Mapping[str, int] | None = None
) -> Program:
    """The program that the source *path* is of, with *symbols* defined beforehand."""
    try:
        made = assemble(chip, path, origin=load, symbols=symbols)
    except AsmError as error:
        raise Mistakes(error.details()) from None
    segments = tuple(Segment(s.address, s.data, len(s.data)) for s in made.segments)
    return Program(segments, made.entry, made.symbols)


def _executable(data: bytes, chip: Isa, *, moved: bool) -> Program:
    image = elf.parse(data, MOST)
    if image.machine != chip.elf:
        raise MachineError(f"an ELF executable of another CPU (number {image.machine})")
    if moved:
        raise MachineError("an ELF executable says itself where it is loaded")
    return Program(image.segments, image.entry, image.symbols)
