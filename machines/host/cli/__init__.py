"""The command line ``emu``.  Each command is a module, imported when it is used.

Exit codes: 0 ok, 1 a test failed, engines diverged or a program ended with a status that is not 0,
2 bad input (one line on stderr), 130 ^C, 143 SIGTERM, 141 nobody reads the output any more
(`emu … | head`): as the shell has it for SIGPIPE.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from emucore.base.errors import Mistakes, UserError, plain
from machines.host.base import stopping
from machines.host.cli import streams


@dataclass(frozen=True)
class Command:
    """A command: its purpose, and the functions ``add(parser)`` and ``run(arguments) -> int``."""

    purpose: str
    module: str
    add: str = "add_arguments"
    run: str = "main"

    def function(self, name: str) -> Callable[..., Any]:
        """A function of the module, imported now."""
        return getattr(importlib.import_module(self.module), name)  # type: ignore[no-any-return]


COMMANDS = {
    "bench": Command("measure the engines", "roms_test.bench.cli"),
    "list": Command("machines, CPUs, suites and engines", "machines.host.cli.listing"),
    "play": Command("play a machine in a window", "machines.host.cli.play"),
    "run": Command("run a machine headless", "machines.host.cli.run"),
    "test": Command("run test suites and exam programs", "roms_test.harness.cli"),
    "state": Command("look into saved states and recordings", "machines.host.cli.state"),
    "diverge": Command(
        "find the first instruction after which two engines differ", "machines.host.cli.diverge"
    ),
    "asm": Command("assemble a source file", "emucore.commands.assembly", "add_asm", "run_asm"),
    "disasm": Command(
        "disassemble a binary", "emucore.commands.assembly", "add_disasm", "run_disasm"
    ),
    "isa": Command("a CPU's datasheet", "emucore.commands.assembly", "add_isa", "run_isa"),
}

BAD_INPUT, INTERRUPTED, UNREAD = 2, 130, 141


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line, like every other's."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message} (see {self.prog} --help)")


class _Version(argparse.Action):
    """Prints the version: looked up only then, as that takes its time."""

    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib import metadata

        print(f"emu {metadata.version('emucore')}")
        parser.exit()


def parser(command: str | None = None) -> argparse.ArgumentParser:
    """The parser of ``emu``, with arguments of *command* alone: others are not imported."""
    top = _Parser(prog="emu", description="Machines of the past, run to the bit.")
    top.add_argument("--version", action=_Version, help="print the version and exit")
    subs = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, this in COMMANDS.items():
        description = f"{this.purpose[0].upper()}{this.purpose[1:]}."
        sub = subs.add_parser(name, help=this.purpose, description=description)
        if name == command:
            this.function(this.add)(sub)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``emu`` with *argv* (default: the process's); the exit code."""
    streams.set_up()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's own take much memory, for nothing
    argv = sys.argv[1:] if argv is None else argv
    command = next((word for word in argv if not word.startswith("-")), None)
    try:
        if not argv:
            parser().print_help()
            return 0
        with stopping.handled(stopping.leave):
            arguments = parser(command).parse_args(argv)
            this = COMMANDS[arguments.command]
            run = this.function(this.run)
        with stopping.handled(stopping.interrupt):
            code = run(arguments)
            sys.stdout.flush()
        return int(code)
    except SystemExit as error:  # argparse's --help; rich's, where nobody reads
        unread = isinstance(error.__context__, BrokenPipeError)
        return UNREAD if unread else int(error.code or 0)
    except KeyboardInterrupt as error:
        return getattr(error, "code", INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has gone: `emu … | head`
        return UNREAD
    except OSError as error:
        why = error.strerror or str(error)
        return _complain(f"{error.filename}: {why}" if error.filename else why)
    except Mistakes as error:
        return _complain(str(error), whole=True)
    except UserError as error:
        return _complain(str(error))
    except MemoryError:
        return _complain("not enough memory")
    except ImportError as error:  # with little memory, or an installation in pieces
        return _complain(f"a library cannot be loaded: {_root(error)}")
    finally:
        streams.let_go()


def _root(error: BaseException) -> str:
    """What is behind it all, in its first line."""
    while (behind := error.__cause__ or error.__context__) is not None:
        error = behind
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _complain(text: str, whole: bool = False) -> int:
    # mistakes in a source are several lines, FILE:LINE:COLUMN first, for editors to find
    with contextlib.suppress(OSError):
        print(text if whole else f"emu: {plain(text)}", file=sys.stderr)
    return BAD_INPUT
