"""``emu bench [NAME ...]``: kernels and machines on the engines, beside their peers."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from emucore.base.errors import UserError
from emucore.base.files import write_atomically
from emucore.body import engines
from machines.host.cli.common import duration, output_path
from roms_test.bench import c_kernels, peers, plot
from roms_test.bench.boards import MACHINES
from roms_test.bench.course import Course, Item
from roms_test.bench.measure import Period, Subject, Timing, engine_subject, known_period, paired
from roms_test.bench.results import KernelResult, MachineResult, Results, show
from roms_test.kernels import CPUS, KERNELS
from roms_test.kernels.c import C_KERNELS

#: What is measured where nothing is named, and how: it shows all there is within a minute.
USUAL = "crc32"
QUICK: dict[str, Any] = {"seconds": 0.3, "repeats": 3}
FULL: dict[str, Any] = {"seconds": 0.5, "repeats": 5}

#: Runs of each subject at most.
REPEATS_MOST = 10_000

#: Seconds that it takes to set up an item, and a kernel in C until all of it is translated.
SET_UP, SET_UP_C = 2.0, 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "names",
        metavar="NAME",
        nargs="*",
        help="a machine (invaders), a CPU (z80), a kernel (sieve) or one of both (z80/sieve); "
        "c is RV32 with kernels in C; default: the machines, and one kernel on each CPU",
    )
    parser.add_argument("--all", action="store_true", help="everything, with runs twice as long")
    parser.add_argument("--engines", metavar="E,E", help="default: all there are")
    parser.add_argument("--peers", action="store_true", help="other emulators too")
    parser.add_argument(
        "--cold",
        action="store_true",
        help="kernels in C also in new processes, which know the program from before or not",
    )
    for option, kind, what in (("seconds", duration, "of each run"), ("repeats", int, "runs")):
        usual = " or ".join(str(depth[option]) for depth in (QUICK, FULL))
        parser.add_argument(
            f"--{option}",
            type=kind,
            help=f"{what} (default: {usual}, where NAME or --all is given)",
        )
    parser.add_argument(
        "--cpu-time",
        action="store_true",
        help="measure processor time, all threads', not time passed: for a busy computer",
    )
    parser.add_argument("--json", type=output_path, metavar="F", help="write the results")
    parser.add_argument("--plot", type=output_path, metavar="F.png", help="draw the results")


def main(args: argparse.Namespace) -> int:
    """Measure and report; :class:`UserError` for what cannot be asked."""
    whole = args.all or bool(args.names)
    for option, value in (FULL if whole else QUICK).items():
        if getattr(args, option) is None:
            setattr(args, option, value)
    if not 0 < args.seconds < float("inf") or args.repeats < 1:
        raise UserError("--seconds and --repeats must be above 0")
    if args.repeats > REPEATS_MOST:
        raise UserError(f"--repeats {args.repeats}: at most {REPEATS_MOST:,}")
    kernels, machines = choose(args.names, args.all)
    engines = choose_engines(args.engines)
    if args.plot:
        plot.check()
    results = Results(args.cpu_time)
    course = _course(kernels, machines, engines, args)
    print(f"emu: {course}{_hint(engines, args, whole)}", file=sys.stderr)
    code = 0
    try:
        _measure_all(results, course, engines, args)
    except KeyboardInterrupt as error:  # what is measured is kept
        code = getattr(error, "code", 130)
    show(results)
    if args.json:
        write_atomically(args.json, json.dumps(results.data(), indent=1) + "\n")
    if args.plot:
        plot.plot(results, args.plot)
    return code


def _measure_all(
    results: Results, course: Course, engines: Sequence[str], args: argparse.Namespace
) -> None:
    for item in course:
        if item.name in MACHINES:
            results.machines.append(_machine(results, item.name, engines, args))
        else:
            cpu, _, name = item.name.partition("/")
            measure = _c_kernel if cpu == c_kernels.CPU else _kernel
            results.kernels.append(measure(results, cpu, name, engines, args))


def _course(
    kernels: Sequence[tuple[str, str]],
    machines: Sequence[str],
    engines: Sequence[str],
    args: argparse.Namespace,
) -> Course:
    """Everything chosen, in order, with the time that it takes: each run, and one to calibrate."""
    runs = len(engines) * (args.repeats + 1) * args.seconds
    items = [
        Item(f"{cpu}/{name}", runs + (SET_UP_C if cpu == c_kernels.CPU else SET_UP))
        for cpu, name in kernels
    ]
    return Course([*items, *(Item(name, runs + SET_UP) for name in machines)])


def _hint(engines: Sequence[str], args: argparse.Namespace, whole: bool) -> str:
    """What else there is, where little was asked for."""
    if whole:
        return ""
    everything = _course(*choose((), True), engines, argparse.Namespace(**FULL))
    return f" (--all: {everything})"


def choose(names: Sequence[str], whole: bool = False) -> tuple[list[tuple[str, str]], list[str]]:
    """Kernels (CPU, name) and machines that *names* mean; without any the usual, or the *whole*."""
    kernels = [(cpu, k.name) for cpu in CPUS for k in KERNELS]
    usual = [(cpu, name) for cpu, name in kernels if name == USUAL]
    kernels += [(c_kernels.CPU, name) for name in C_KERNELS]
    if whole or not names:
        return kernels if whole else usual, list(MACHINES)
    known = {word for c, k in kernels for word in (c, k, f"{c}/{k}")} | set(MACHINES)
    for name in names:
        if name not in known:
            kinds = dict.fromkeys([*MACHINES, *(word for pair in kernels for word in pair)])
            raise UserError(f"nothing to measure is called {name!r}; there are {', '.join(kinds)}")
    chosen = [(c, k) for c, k in kernels if {c, k, f"{c}/{k}"} & set(names)]
    return chosen, [name for name in MACHINES if name in names]


def choose_engines(text: str | None) -> list[str]:
    """The engines named in *text*, separated by commas; all there are, without it."""
    names = engines.names() if text is None else [name.strip() for name in text.split(",")]
    for name in names:
        engines.find(name)
    return list(dict.fromkeys(names))


def _kernel(
    results: Results, cpu: str, name: str, engines: Sequence[str], args: argparse.Namespace
) -> KernelResult:
    clock = time.process_time if args.cpu_time else time.perf_counter
    period = known_period(cpu, name)
    subjects = [engine_subject(engine, cpu, name, period, clock) for engine in engines]
    if args.peers:
        try:
            subjects.append(peers.peer_subject(cpu, name, period, clock))
        except peers.Absent as absent:
            results.skipped[f"peer of {cpu}"] = str(absent)
    return _measured(cpu, name, period, subjects, args)


def _c_kernel(
    results: Results, cpu: str, name: str, engines: Sequence[str], args: argparse.Namespace
) -> KernelResult:
    clock = time.process_time if args.cpu_time else time.perf_counter
    subjects = [c_kernels.c_engine(engine, name, clock) for engine in engines]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if args.peers:
            for peer, make in c_kernels.PEERS.items():
                try:
                    subjects.append(make(name, folder, clock))
                except peers.Absent as absent:
                    results.skipped[peer] = str(absent)
        if args.cold:
            named = {subject.name: subject for subject in subjects}
            like = named.get("qemu-riscv32") or subjects[0]
            try:
                subjects += c_kernels.c_new_processes("jit", name, folder, like, clock)
            except peers.Absent as absent:
                results.skipped["jit cold"] = str(absent)
        return _measured(cpu, name, c_kernels.c_period(name), subjects, args)


def _measured(
    cpu: str, name: str, period: Period, subjects: Sequence[Subject], args: argparse.Namespace
) -> KernelResult:
    rates = paired(subjects, args.seconds, args.repeats)
    timings = {
        subject: Timing(tuple(rate * period.instructions for rate in row))
        for subject, row in rates.items()
    }
    return KernelResult(cpu, name, period, timings)


def _machine(
    results: Results, name: str, engines: Sequence[str], args: argparse.Namespace
) -> MachineResult:
    clock = time.process_time if args.cpu_time else time.perf_counter
    subjects: list[Subject] = []
    hertz = 1.0
    for engine in engines:
        subject, hertz = MACHINES[name](engine, clock)
        subjects.append(subject)
    rates = paired(subjects, args.seconds, args.repeats)
    timings = {
        subject: Timing(tuple(rate / hertz for rate in row)) for subject, row in rates.items()
    }
    if args.peers:
        from roms_test import games

        try:
            timings["mame"] = Timing((peers.mame_speed(games.rom()),))
        except peers.Absent as absent:
            results.skipped["mame"] = str(absent)
    return MachineResult(name, hertz, timings)
