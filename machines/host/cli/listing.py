"""``emu list``: what there is."""

from __future__ import annotations

import argparse
import json

from emucore.cpus import CPUS, isa
from machines.registry import ENGINE_MODULES, MachineInfo, find, names
from roms_test.harness.suites import SUITES


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
                }
                for m in machines
            ],
            "cpus": {name: isa(name).title for name in CPUS},
            "suites": list(SUITES),
            "engines": list(ENGINE_MODULES),
        }
        print(json.dumps(content, indent=2))
        return 0
    _print_tables(machines)
    return 0


def _print_tables(machines: list[MachineInfo]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(title="Machines", title_justify="left", box=None, pad_edge=False)
    for column in ("name", "what it is", "CPU (--cpu)", "MEDIA", "--input"):
        table.add_column(column)
    for m in machines:
        cpus = ", ".join(f"{cpu}*" if cpu == m.default_cpu else cpu for cpu in m.cpus)
        table.add_row(m.name, m.title, cpus, m.media_help, m.input_help)
    console.print(table)
    for m in machines:
        for name, meaning in m.options.items():
            console.print(f"  {m.name} --set {name}=…: {meaning}", highlight=False)
    for title, words in (
        ("CPUs", [f"{name} ({isa(name).title})" for name in CPUS]),
        ("Suites", list(SUITES)),
        ("Engines", list(ENGINE_MODULES)),
    ):
        console.print(f"\n{title}: {', '.join(words)}", highlight=False)
