"""``emu asm``, ``emu disasm`` and ``emu isa``: arguments, and what they do.

Each ``add_…`` declares the arguments on a parser of its own, each ``run_…`` does the work and
returns the exit code.  Bad input raises :class:`UserError`: for stderr, with exit code 2.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from emucore.assembler import AsmError, assemble
from emucore.base.errors import Mistakes, UserError, plain
from emucore.base.files import read_bounded, write_atomically
from emucore.base.numbers import parse
from emucore.cpus import CPUS, UnknownCpu, isa
from emucore.disassembler import listing
from emucore.isa import Isa

#: Columns of a datasheet that goes into a file.
WIDE = 240


#: Bytes of the largest binary that is disassembled.
MOST = 1 << 28


class InputError(UserError):
    """Input that cannot be used."""


def number(text: str) -> int:
    """An argument that is a number: see :mod:`emucore.base.numbers`."""
    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _isa(name: str) -> Isa:
    try:
        return isa(name)
    except UnknownCpu as error:
        raise InputError(str(error)) from None


def _write(path: Path, data: bytes | str) -> None:
    try:
        write_atomically(path, data)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None


# -- emu asm ----------------------------------------------------------------------------------


def add_asm(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``emu asm``."""
    parser.add_argument("file", type=Path, help="assembly source")
    parser.add_argument("--isa", required=True, metavar="CPU", help=f"one of {', '.join(CPUS)}")
    parser.add_argument("-o", "--output", type=Path, help="the bytes (default: FILE with .bin)")
    parser.add_argument("--listing", type=Path, metavar="F", help="addresses, bytes and source")
    parser.add_argument("--symbols", type=Path, metavar="F", help="names and values, as equ lines")
    parser.add_argument("--org", type=number, default=0, help="where code begins (0)")


def run_asm(args: argparse.Namespace) -> int:
    """Assemble a file; nothing is written where there is a mistake."""
    try:
        program = assemble(_isa(args.isa), args.file, origin=args.org)
        image = program.image()
    except AsmError as error:
        raise Mistakes(error.details()) from None
    except OSError as error:
        raise InputError(f"{args.file}: {error.strerror or error}") from None
    except ValueError as error:
        raise InputError(f"{args.file}: {error}") from None
    output = args.output or args.file.with_suffix(".bin")
    if output.resolve() == args.file.resolve():
        raise InputError(f"{output} is the source itself: name another with -o")
    _write(output, image)
    if args.listing:
        _write(args.listing, program.listing())
    if args.symbols:
        _write(args.symbols, program.symbol_table())
    print(f"{plain(output)}: {len(image)} bytes from {program.origin:#x}")
    return 0


# -- emu disasm -------------------------------------------------------------------------------


def add_disasm(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``emu disasm``."""
    parser.add_argument("file", type=Path, help="binary")
    parser.add_argument("--isa", required=True, metavar="CPU", help=f"one of {', '.join(CPUS)}")
    parser.add_argument("--org", type=number, default=0, help="address of the file's first byte")
    parser.add_argument("--start", type=number, help="address to begin at")
    parser.add_argument("--length", type=number, help="bytes to disassemble")
    parser.add_argument(
        "--source", action="store_true", help="as a source that emu asm makes the same bytes of"
    )


def run_disasm(args: argparse.Namespace) -> int:
    """Print a disassembly: address, bytes, text; or a source."""
    machine = _isa(args.isa)
    try:
        data = read_bounded(args.file, min(MOST, 1 << machine.space.bits))
    except OSError as error:
        raise InputError(f"{args.file}: {error.strerror or error}") from None
    start = args.org if args.start is None else args.start
    skip = start - args.org
    if not 0 <= skip <= len(data):
        raise InputError(
            f"address {start:#x} is outside the file ({args.org:#x} to {args.org + len(data):#x})"
        )
    if args.org + len(data) > 1 << machine.space.bits:
        raise InputError(f"{args.file} does not fit {machine.space.bits} bits of address")
    end = len(data) if args.length is None else skip + args.length
    digits = machine.space.bits // 4
    longest = 3 * max(v.encoding.length for v in machine.variants()) * machine.unit // 8
    if args.source:
        sys.stdout.write(f" org {start:#x}\n")
    for line in listing(machine, data[skip:end], start):
        if args.source:
            sys.stdout.write(f" {line.text}\n")
            continue
        spaced = line.data.hex(" ") if machine.unit == 8 else line.data[::-1].hex()
        sys.stdout.write(f"{line.address:0{digits}x}  {spaced:{longest}} {line.text}\n")
    return 0


# -- emu isa ----------------------------------------------------------------------------------


def add_isa(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``emu isa``."""
    parser.add_argument("cpu", metavar="CPU", help=f"one of {', '.join(CPUS)}")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--markdown", action="store_true", help="as a Markdown document")
    how.add_argument("--json", action="store_true", help="as JSON")


def run_isa(args: argparse.Namespace) -> int:
    """Print the datasheet."""
    from emucore.datasheet import datasheet, markdown, terminal

    sheet = datasheet(_isa(args.cpu))
    if args.json:
        print(json.dumps(sheet.as_json(), indent=2))
    elif args.markdown:
        print(markdown(sheet))
    else:
        from rich.console import Console

        # where nobody looks at a window, the opcode maps get the width they need
        console = Console()
        if not console.is_terminal:
            console = Console(width=WIDE)
        console.print(terminal(sheet))
    return 0
