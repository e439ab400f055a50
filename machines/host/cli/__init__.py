"""The command line ``emu``.  Each command is a module, imported when it is used.

Exit codes: 0 ok, 1 a test failed or engines diverged, 2 bad input (one line on stderr), 130 ^C.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from emucore.errors import UserError

#: Name, module and purpose of each command.  A module has ``add_arguments(parser)`` and
#: ``main(arguments) -> int``.
COMMANDS = {
    "list": ("machines.host.cli.listing", "machines, CPUs, suites and engines"),
    "run": ("machines.host.cli.run", "run a machine headless"),
}

OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line, like every other's."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message} (see {self.prog} --help)")


def parser(command: str | None = None) -> argparse.ArgumentParser:
    """The parser of ``emu``, with arguments of *command* alone: others are not imported."""
    top = _Parser(prog="emu", description="Machines of the past, run to the bit.")
    subs = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (module, purpose) in COMMANDS.items():
        sub = subs.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
        if name == command:
            importlib.import_module(module).add_arguments(sub)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``emu`` with *argv* (default: the process's); the exit code."""
    argv = sys.argv[1:] if argv is None else argv
    command = next((word for word in argv if not word.startswith("-")), None)
    try:
        arguments = parser(command).parse_args(argv)
        code = importlib.import_module(COMMANDS[arguments.command][0]).main(arguments)
        sys.stdout.flush()
        return int(code)
    except SystemExit as error:  # argparse's --help
        return int(error.code or 0)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone: `emu … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        return _complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except UserError as error:
        return _complain(str(error))


def _complain(text: str) -> int:
    line = " ".join(text.split())
    print(f"emu: {line}", file=sys.stderr)
    return BAD_INPUT
