"""Fuzzed files: states, recordings and zips made wrong in every way, read by the program.

A batch of cases runs in a process of its own, so that a crash or a hang is seen and named by its
case: ``python tests/support/fuzzing.py states 7041`` runs that one again.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import multiprocessing
import random
import resource
import signal
import sys
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import all_inputs
import media_boards
import numpy as np
import toy_console
import zstandard
from fuzz_texts import TEXTS

import machines
from emucore.assembler import assemble
from emucore.base.errors import UserError
from emucore.board import Axis, Dial, Gun, Input
from emucore.cpus import isa
from emucore.history import container, recording, slots, snapshot
from emucore.machine import Machine
from machines.host.headless.headless import run
from machines.media.romset import Rom, RomSet, find_set

#: Seconds that one case may take.
PATIENCE = 20
#: Bytes of memory that a batch may have.
MEMORY = 2 << 30

# Reads keys and files for ever.
PROGRAM = """
        org 100h
loop:   mvi c, 11
        call 5
        mvi c, 17
        lxi d, 5ch
        call 5
        mvi c, 6
        mvi e, 0ffh
        call 5
        mvi c, 20
        lxi d, 5ch
        call 5
        lxi h, 800      ; and counts, which is faster
wait:   dcx h
        mov a, h
        ora l
        jnz wait
        jmp loop
"""

_SHA1 = hashlib.sha1(bytes(2048), usedforsecurity=False).hexdigest()
#: A set of two ROMs, which a zip of zeros may happen to hold.
ZEROS = RomSet(
    "zeros",
    "Two ROMs of nothing",
    tuple(Rom(f"zero.{i}", i * 2048, 2048, zlib.crc32(bytes(2048)), _SHA1) for i in range(2)),
)

NASTY = [0, 1, -1, 2, 7, 255, 256, 65535, 65536, 1 << 31, 1 << 32, 1 << 40, 1 << 56, 1 << 62]
NASTY += [(1 << 63) - 1, -(1 << 63), -(1 << 31), -(1 << 40), -2, -255]
NASTY_REALS = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-300, 1e30, -1e30, 1e31, 1e300, 1e308, -1e308]
NASTY_REALS += [float("nan"), float("inf"), float("-inf"), 5e-324]


@dataclass
class Bench:
    """Machines to load files into, and the good files that bad ones are made from."""

    folder: Path
    machines: list[Machine]

    @staticmethod
    def set_up(folder: Path) -> Bench:
        """Machines of every kind, some way into what they do."""
        program = folder / "LOOP.COM"
        program.write_bytes(assemble(isa("8080"), PROGRAM).image())
        media = {"cpm": (program, {"readonly": "yes"})}
        made = []
        for name in machines.names():
            path, options = media.get(name, (None, {}))
            cpus = machines.find(name).cpus
            made += [machines.load(name, path, cpu=cpu, **options) for cpu in cpus]
        for machine in made:
            if "coin" in machine.board.inputs:
                machine.press("coin")
            machine.run(90)
        made += [all_inputs.machine()] * 2
        made.append(media_boards.machine())
        for slot, medium in (("disk", media_boards.disk(1)), ("tape", media_boards.tape(1))):
            made[-1].insert(slot, medium)
        made[-1].run(30)
        return Bench(folder, made)


# -- making things wrong --------------------------------------------------------------------------


def bend_number(rng: random.Random, value: Any) -> Any:
    """Another value for an element of a field."""
    if isinstance(value, float):
        return rng.choice([*NASTY_REALS, value * 2, value + 1e-3])
    return rng.choice([*NASTY, value + rng.randint(-300, 300), value ^ 1 << rng.randrange(63)])


def bend_values(rng: random.Random, machine: Machine) -> bytes:
    """The contents of a state file in which some fields have other values."""
    parsed = snapshot.parse(snapshot.describe(machine), snapshot.contents(machine))
    views = {name: value.copy() for name, value in parsed.items()}
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        view = views[rng.choice(list(views))].reshape(-1)
        if rng.random() < 0.1:
            view.view(np.uint8)[:] = np.frombuffer(rng.randbytes(view.nbytes), np.uint8)
        for _ in range(rng.choice([1, 1, 5])):
            at = rng.randrange(view.size)
            new = bend_number(rng, view[at].item())
            if view.dtype.kind != "f":
                bits = 8 * view.itemsize
                new = int(new) & (1 << bits) - 1
                new -= (view.dtype.kind == "i" and new >> bits - 1) << bits
            view[at] = new
    return b"".join(view.tobytes() for view in views.values())


JSON = [None, True, False, 0, -1, 1, 1 << 70, 1e308, "", "x", "\u20ac", "0", [], {}, [[]], [0]]


def bend_json(rng: random.Random, value: Any) -> Any:
    """*value* with something in it replaced, dropped, doubled or renamed."""
    if isinstance(value, (dict, list)) and value and rng.random() < 0.85:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = rng.choice(keys)
        done = dict(value) if isinstance(value, dict) else list(value)
        way = rng.random()
        if way < 0.15:
            del done[key]  # type: ignore[arg-type]
        elif way < 0.25 and isinstance(done, list):
            done.insert(key, done[key])
        elif way < 0.3 and isinstance(done, dict):
            done[rng.choice(["", "x", "kind", "fields"])] = done.pop(key)
        else:
            done[key] = bend_json(rng, value[key])
        return done
    if isinstance(value, int) and rng.random() < 0.5:
        return value + rng.randint(-3, 3)
    return rng.choice(JSON)


def bend_bytes(rng: random.Random, data: bytes) -> bytes:
    """*data* with bits turned, pieces cut, doubled or made up."""
    bad = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4, 16])):
        at = rng.randrange(len(bad) + 1)
        way = rng.random()
        if way < 0.5 and at < len(bad):
            bad[at] ^= 1 << rng.randrange(8)
        elif way < 0.7:
            bad[at : at + rng.randrange(20)] = rng.randbytes(rng.randrange(20))
        elif way < 0.8:
            del bad[at:]
        elif way < 0.9:
            bad[at:at] = bad[at : at + rng.randrange(200)]
        else:
            bad[at : at + 4] = rng.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF]).to_bytes(4, "little")
    return bytes(bad)


def repacked(header: Any, body: bytes) -> bytes:
    """A file of any header, its own checksum with it or not."""
    text = json.dumps(header).encode()
    return container.MAGIC + zstandard.compress(len(text).to_bytes(4, "little") + text + body)


def bend_file(rng: random.Random, kind: str, header: dict[str, Any], body: bytes) -> bytes:
    """A file of *kind* with its header wrong, or its bytes."""
    good = container.pack(kind, header, body)
    if rng.random() < 0.5:
        whole, _ = container.unpack(kind, good, 1 << 24)
        return repacked(bend_json(rng, whole), body)
    if rng.random() < 0.5:
        inside = zstandard.decompress(good[len(container.MAGIC) :])
        return container.MAGIC + zstandard.compress(bend_bytes(rng, inside))
    return bend_bytes(rng, good)


# -- cases ----------------------------------------------------------------------------------------


def fuzz_state(bench: Bench, rng: random.Random) -> str:
    """Load a bad state; where it is taken, the machine must run and be looked at."""
    machine = rng.choice(bench.machines)
    path = bench.folder / "state"
    header, body = snapshot.describe(machine), snapshot.contents(machine)
    if rng.random() < 0.7:
        path.write_bytes(container.pack("state", header, bend_values(rng, machine)))
    else:
        path.write_bytes(bend_file(rng, "state", header, body))
    with contextlib.suppress(UserError):
        snapshot.read(path)
    return _load(machine, rng, lambda target: snapshot.load(target, path))


def _happening(rng: random.Random, item: Input) -> tuple[str, str, str]:
    """Something that may be done to an input, most often."""
    number = str(rng.choice([0, 1, -1, 7, *NASTY]) if rng.random() < 0.1 else rng.randrange(9))
    if isinstance(item, Gun):
        return "aim", item.name, rng.choice(["off", f"{number} 3"])
    kind = {Axis: "move", Dial: "turn"}.get(type(item), "press")
    return kind, item.name, rng.choice("01") if kind == "press" else number


def fuzz_recording(bench: Bench, rng: random.Random) -> str:
    """Play a bad recording."""
    machine = rng.choice(bench.machines)
    path = bench.folder / "recording"
    events: list[list[Any]] = [
        [rng.randrange(4), *_happening(rng, item)] for item in machine.board.inputs.values()
    ]
    events += [[1, "type", "", "abc"], [2, "restart", "", ""]]
    events.append([rng.randrange(4), "until", "", str(rng.getrandbits(rng.randrange(64)))])
    held = slots.Held()
    for slot in machine.media:
        medium = media_boards.disk(2) if slot == "disk" else media_boards.tape(2)
        held.add(medium)
        events += [[1, "insert", slot, medium.key], [2, "eject", slot, ""]]
    rng.shuffle(events)
    header = {"state": snapshot.describe(machine), "events": events, "frames": 3, "end": "0" * 64}
    header["held"] = held.rows
    body = snapshot.contents(machine) + held.contents()
    if rng.random() < 0.3:
        values = bend_values(rng, machine) + held.contents()
        path.write_bytes(container.pack("recording", header, values))
    else:
        path.write_bytes(bend_file(rng, "recording", header, body))

    player = machine.clone()
    with contextlib.suppress(UserError):  # typing may find no room
        played = recording.start(player, path)
        run(player, played.script, frames=min(played.frames, 3))
        played.finish(player)
    return _load(machine, rng, lambda target: recording.start(target, path))


def _load(machine: Machine, rng: random.Random, load: Callable[[Machine], object]) -> str:
    """Let a clone load; refused, it must be as before, and taken, it must run on any engine."""
    clone = machine.clone()
    before = clone.state_sha256()
    refusal = _refusal(lambda: load(clone))
    if refusal is not None:
        assert "\n" not in refusal
        assert clone.state_sha256() == before
        return "refused"
    engines = ["interp", rng.choice(["interp"] * 9 + ["jit"])]
    if rng.random() < 0.01:
        engines.append("reference")
    for name in engines:
        each = clone.clone()
        each.use(name)
        each.run_until(each.time + each.board.frame_ticks // 7)
        if name != "reference":
            each.run(2)
        if each.board.picture is not None:
            assert each.screen.size
        assert len(each.sound) <= 4096
        snapshot.contents(each)
    return "taken"


def _refusal(do: Callable[[], object]) -> str | None:
    """What *do* complains of, if it is refused."""
    try:
        do()
    except UserError as error:
        return str(error)
    return None


def fuzz_zip(bench: Bench, rng: random.Random) -> str:
    """Look for ROMs in a bad zip, bombs among them."""
    path = bench.folder / "set.zip"
    buffer = io.BytesIO()
    names = ["zero.0", "zero.1", "../x", "a" * 300, "b\x00c", "dir/", "\u20ac"]
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(buffer, "w") as archive:
        for _ in range(rng.randrange(5)):
            size = rng.choice([0, 1, 2048, 2048, 100_000, 3_000_000])
            data = bytes(size) if rng.random() < 0.6 else rng.randbytes(min(size, 4096))
            way = rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
            with contextlib.suppress(ValueError):
                archive.writestr(rng.choice(names), data, way)
    good = buffer.getvalue()
    path.write_bytes(good if rng.random() < 0.1 else bend_bytes(rng, good))
    refusal = _refusal(lambda: find_set(path, [ZEROS]))
    assert refusal is None or "\n" not in refusal
    return "taken" if refusal is None else "refused"


def fuzz_cartridge(bench: Bench, rng: random.Random) -> str:
    """A cartridge with a bad header, or in a bad zip; a board that is made from it must run."""
    path = bench.folder / "game.toy"
    content = toy_console.content(rng.choice([1, 4]))
    data = toy_console.cartridge(content, rng.randrange(2), rng.randrange(17), rng.randrange(4))
    way = rng.random()
    if way < 0.4:
        data = bend_bytes(rng, data[:16]) + data[16:]
    elif way < 0.5:
        data = data[: toy_console.HEADER - 1] + bytes((rng.randrange(256),)) + data[8:]
    elif way < 0.9:
        data = bend_bytes(rng, data)
    if rng.random() < 0.3:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(rng.choice(["a.toy", "a", "../a.toy", "b/\x1b[2J.TOY"]), data)
        data = buffer.getvalue() if rng.random() < 0.3 else bend_bytes(rng, buffer.getvalue())
    path.write_bytes(data)
    made: list[Machine] = []
    refusal = _refusal(lambda: made.append(toy_console.build(path)))
    if refusal is not None:
        assert refusal.startswith(f"{path}: "), refusal
        assert "\n" not in refusal
        return "refused"
    made[0].run_frames(1)
    return "taken"


CASES = {"states": fuzz_state, "recordings": fuzz_recording, "zips": fuzz_zip, **TEXTS}
CASES["cartridges"] = fuzz_cartridge


# -- running --------------------------------------------------------------------------------------


def run_case(kind: str, seed: int, bench: Bench) -> str:
    """One case; a hang ends the process by SIGALRM."""
    signal.alarm(PATIENCE)
    try:
        return CASES[kind](bench, random.Random(f"{kind}{seed}"))
    finally:
        signal.alarm(0)


def _batch(kind: str, seeds: range, at: Any, results: Any) -> None:
    soft = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, soft))
    counts: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench.set_up(Path(folder))
        for seed in seeds:
            at.value = seed
            outcome = run_case(kind, seed, bench)
            counts[outcome] = counts.get(outcome, 0) + 1
    results.put((counts, _peak()))


def _peak() -> int:
    """Most bytes of memory that this process has had.

    Not getrusage's, which on Linux begins with what the process had before it became another.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def fuzz(kind: str, seeds: range) -> tuple[dict[str, int], int]:
    """Run the cases in another process: how many ended how, and its peak memory in bytes.

    Raises :class:`AssertionError` naming the case that crashed, hung or raised.
    """
    context = multiprocessing.get_context("spawn")
    at, results = context.Value("q", -1), context.SimpleQueue()
    process = context.Process(target=_batch, args=(kind, seeds, at, results))
    process.start()
    process.join()
    assert process.exitcode == 0, f"{kind} {at.value}: exit {process.exitcode}"
    counts, peak = results.get()
    return counts, peak


if __name__ == "__main__":
    chosen, first = sys.argv[1], int(sys.argv[2])
    last = int(sys.argv[3]) if len(sys.argv) > 3 else first + 1
    print(*fuzz(chosen, range(first, last)))
