"""The kernels in C: on our engines, on qemu-riscv32, native, and in processes just started."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from jit.llvm.native import threaded
from roms_test.bench.measure import Clock, Period, Subject, WrongAnswer
from roms_test.bench.peers import Absent
from roms_test.kernels.c import C_KERNELS, HERE, CBench, CKernel

#: What these are called where a CPU is named.
CPU = "c"

#: The native compiler's options: the guest's, as far as they are not about the guest.
NATIVE = ("-O2", "-std=c11", "-fno-tree-loop-distribute-patterns")

#: Seconds in which an engine translates nothing once it has all it wants, and the most waited for.
QUIET, RESTLESS = 1.5, 15.0

#: Seconds after which a process is taken to hang.
PATIENCE = 600


def c_period(name: str) -> Period:
    """A repeat's instructions, which are its cycles."""
    bench = CBench(name)
    bench.machine.use("interp")
    one = bench.run(1)
    two = bench.run(2)
    return Period(2 * one - two, two - one, two - one)


def c_engine(engine: str, name: str, clock: Clock = time.perf_counter) -> Subject:
    """A kernel on one of our engines, which has what it learned from one run to the next."""
    bench = CBench(name)
    bench.machine.use(engine).wait()
    _settle(bench)

    def run(repeats: int) -> float:
        began = clock()
        bench.run(repeats)
        took = clock() - began
        if not bench.right:
            raise WrongAnswer(f"{CPU}/{name} on {engine}: {bench.result:#x}")
        return took

    return Subject(engine, run)


def _settle(bench: CBench) -> None:
    """Run until the engine has translated nothing for a while, or goes on for too long."""
    engine, began = bench.machine.engine, time.perf_counter()
    assert engine is not None
    seen, since = engine.statistics().get("regions"), began
    while seen is not None and (now := time.perf_counter()) - since < QUIET:
        if now - began > RESTLESS:
            return
        bench.run(20)
        regions = engine.statistics()["regions"]
        if regions != seen:
            seen, since = regions, time.perf_counter()


def c_qemu(name: str, folder: Path, clock: Clock = time.perf_counter) -> Subject:
    """A kernel as a Linux program on qemu-riscv32 (nothing goes to *folder*); :class:`Absent`."""
    qemu = shutil.which("qemu-riscv32") or shutil.which("qemu-riscv32-static")
    if qemu is None:
        raise Absent("qemu-riscv32 is not installed (Debian: qemu-user)")
    kernel = C_KERNELS[name]
    return Subject("qemu-riscv32", _process([qemu, str(kernel.linux)], kernel, clock))


def c_native(name: str, folder: Path, clock: Clock = time.perf_counter) -> Subject:
    """A kernel compiled for this computer, into *folder*; :class:`Absent`."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise Absent("no C compiler is installed")
    kernel, program = C_KERNELS[name], folder / name
    sources = [str(HERE / "native.c"), str(kernel.source)]
    made = subprocess.run(
        [compiler, *NATIVE, "-o", str(program), *sources],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise Absent(f"{compiler} does not compile {name}.c: {made.stderr.strip()[-200:]}")
    return Subject("native", _process([str(program)], kernel, clock))


#: Peers by name.
PEERS = {"qemu-riscv32": c_qemu, "native": c_native}


def c_new_processes(
    engine: str, name: str, folder: Path, like: Subject, clock: Clock = time.perf_counter
) -> list[Subject]:
    """A kernel on one of our engines in a new process each time, all of its life measured.

    *Cold*, the emulator has been used on this computer before, but never for this program;
    *again*, it has.  *folder* keeps their caches; they do as much as *like*.  :class:`Absent`.
    """
    if not threaded():
        raise Absent("the jit engine needs threaded handlers, which this host has not")
    kernel, command = C_KERNELS[name], [sys.executable, "-m", __name__, engine, name]
    used, cold, again = (folder / which for which in ("used", "cold", "again"))

    def environment(cache: Path) -> dict[str, str]:
        return {**os.environ, "EMUCORE_CACHE": str(cache)}

    subprocess.run(
        [*command, "0", "1"], env=environment(used), check=True, stdout=subprocess.DEVNULL
    )
    shutil.copytree(used, again)
    run_cold = _process(command, kernel, clock, environment(cold))

    def run(repeats: int) -> float:
        shutil.rmtree(cold, ignore_errors=True)
        shutil.copytree(used, cold)
        return run_cold(repeats)

    return [
        Subject(f"{engine} cold", run, like),
        Subject(f"{engine} again", _process(command, kernel, clock, environment(again)), like),
    ]


def _process(
    command: list[str], kernel: CKernel, clock: Clock, environment: dict[str, str] | None = None
) -> Callable[[int], float]:
    """What runs *command* with a number of repeats and the size behind it, and times its life."""

    def now() -> float:
        """The clock's time; a child's processor time is not in this process's."""
        if clock is time.perf_counter:
            return clock()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    expected = kernel.answer(kernel.size).to_bytes(4, "little")

    def run(repeats: int) -> float:
        began = now()
        done = subprocess.run(
            [*command, str(repeats), str(kernel.size)],
            stdout=subprocess.PIPE,
            env=environment,
            timeout=PATIENCE,
            check=False,
        )
        took = now() - began
        if done.returncode or done.stdout != expected:
            raise WrongAnswer(f"{command[0]}: {kernel.name} gives {done.stdout!r}")
        return took

    return run


def main(engine: str, name: str, repeats: int, size: int) -> None:
    """In a new process: write the answer, as the Linux program does."""
    bench = CBench(name, size)
    loaded = bench.machine.use(engine)
    if repeats:
        bench.run(repeats)
    else:
        loaded.wait()
    sys.stdout.buffer.write(bench.result.to_bytes(4, "little"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
