"""``emu list``: what there is."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import textwrap

from emucore.body import engines
from emucore.cpus import CPUS, isa
from machines.bundled import suites
from machines.registry import MachineInfo, find, names

#: Where texts begin, behind the longest of the names.
COLUMN = 19


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help="as JSON on stdout")


def main(arguments: argparse.Namespace) -> int:
    """Print the lists."""
    machines = [find(name) for name in names()]
    if arguments.json:
        content = {
            "machines": [
                {
                    "name": m.name,
                    "title": m.title,
                    "cpus": list(m.cpus),
                    "default_cpu": m.default_cpu,
                    "media": m.media_help,
                    "input": m.input_help,
                    "options": dict(m.options),
                    "slots": [dataclasses.asdict(slot) for slot in m.slots],
                }
                for m in machines
            ],
            "cpus": {name: isa(name).title for name in CPUS},
            "suites": suites(),
            "engines": engines.names(),
        }
        print(json.dumps(content, indent=2))
        return 0
    _print_tables(machines)
    return 0


def _print_tables(machines: list[MachineInfo]) -> None:
    """What fits any terminal: a paragraph of each machine, and names that are never broken."""
    width = shutil.get_terminal_size().columns
    for m in machines:
        cpus = ", ".join(f"{cpu}*" if cpu == m.default_cpu else cpu for cpu in m.cpus)
        print(_wrapped(m.name, m.title, width))
        for name, text in (("--cpu", cpus), ("MEDIA", m.media_help), ("--input", m.input_help)):
            print(_wrapped(f"  {name}", text, width))
        for slot in m.slots:
            print(_wrapped(f"  --media {slot.name}=…", slot.takes, width))
        for name, text in m.options.items():
            print(_wrapped(f"  --set {name}=…", text, width))
        print()
    for title, words in (
        ("CPUs", [f"{name} ({isa(name).title})" for name in CPUS]),
        ("suites", suites()),
        ("engines", engines.names()),
    ):
        print(_wrapped(title, ", ".join(words), width))


def _wrapped(name: str, text: str, width: int) -> str:
    """*name* and, in a column beside it, *text*."""
    return textwrap.fill(
        text,
        max(width, 2 * COLUMN),
        initial_indent=f"{name} ".ljust(COLUMN),
        subsequent_indent=" " * COLUMN,
        break_long_words=False,
        break_on_hyphens=False,
    )
