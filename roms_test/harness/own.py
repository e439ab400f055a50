"""Running a test of a manifest, and judging it."""

from __future__ import annotations

from dataclasses import dataclass

from emucore.base.errors import UserError
from emucore.base.files import read_bounded
from emucore.board import CpuPart
from emucore.body import engines
from emucore.cpus import CPUS
from emucore.machine import Machine
from machines import registry
from machines.host.headless import headless
from roms_test.harness.case import Difference
from roms_test.harness.flat import Flat, shape
from roms_test.harness.manifest import Expect, Test
from roms_test.harness.probe import accessor

INPUT_MOST = 64 << 20


@dataclass(frozen=True)
class Result:
    """A machine that was run, what it printed, and whether its program ended by itself."""

    machine: Machine
    text: str
    ended: bool


def check(test: Test) -> None:
    """:class:`UserError` if *test* names a machine, a CPU or an engine that there is not."""
    for engine in test.engines:
        engines.find(engine)
    cpus = CPUS if test.flat else registry.find(test.machine).cpus
    if test.cpu is not None and test.cpu not in cpus:
        raise UserError(f"no CPU {test.cpu!r}; there are {', '.join(cpus)}")
    reserved = test.options.keys() & registry.RESERVED
    if reserved:
        raise UserError(f"set.{min(reserved)}: not an option or switch")


def examine(test: Test, engine: str) -> list[Difference]:
    """Run *test*; what is not as expected.  :class:`UserError` for what is wrong in the test."""
    result, differences = _run_flat(test, engine) if test.flat else _run_whole(test, engine)
    return differences + judge(result, test.expect)


def _run_whole(test: Test, engine: str) -> tuple[Result, list[Difference]]:
    machine = registry.load(
        test.machine,
        test.media,
        cpu=test.cpu,
        engine=engine,
        media=test.slots,
        through=(),
        **dict(test.options),
    )
    source = None
    if test.input is not None:
        data = read_bounded(test.input, INPUT_MOST)
        source = registry.find(test.machine).read_input(machine, data, str(test.input))
    if test.until is not None and machine.console is None:
        raise UserError(f"{test.machine} prints no text that until could wait for")
    frames = test.frames
    if frames is None:
        assert test.seconds is not None
        frames = round(test.seconds * machine.board.clock_hz / machine.board.frame_ticks)
    until = None if test.until is None else test.until.encode("latin-1", "replace")
    outcome = headless.run(machine, source, frames=frames, until=until)
    text = machine.console.text if machine.console is not None else ""
    differences = []
    if test.until is not None and not outcome.found:
        differences.append(Difference("text", f"{test.until!r} in {frames:,} frames", _last(text)))
    return Result(machine, text, outcome.ended), differences


def _run_flat(test: Test, engine: str) -> tuple[Result, list[Difference]]:
    assert test.flat is not None
    assert test.media is not None
    own = test.flat
    assert test.cpu is not None
    board = shape(test.cpu, at=own.ram, port=own.port, cell=own.cell)
    flat = Flat(board, engine)
    image = read_bounded(test.media, board.size)
    flat.load(image, own.load - own.ram)
    flat.pc = own.load if own.start is None else own.start
    done = flat.run(own.cycles)
    differences = []
    if own.stays is not None and not (done and flat.pc == own.stays):
        got = f"{flat.pc:04x}" if done else f"none in {own.cycles:,} cycles"
        differences.append(Difference("jump to itself", f"{own.stays:04x}", got))
    return Result(flat.machine, flat.text, done), differences


def judge(result: Result, expect: Expect) -> list[Difference]:
    """What of *result* is not as expected."""
    machine, part = result.machine, result.machine.board.cpus[0]
    differences = [
        Difference("text", repr(text), _last(result.text))
        for text in expect.text
        if text not in result.text
    ]
    differences += [
        Difference("text", f"no {text!r}", _last(result.text))
        for text in expect.not_text
        if text in result.text
    ]
    pairs: list[tuple[str, str, str]] = []
    if expect.ended is not None:
        pairs.append(("ended", str(expect.ended), str(result.ended)))
    if expect.status is not None:
        pairs.append(("status", str(expect.status), str(machine.status)))
    if expect.clock is not None:
        clock = machine.cpus[part.name]["clock"]
        pairs.append(("clock", f"{expect.clock:,}", f"{clock:,}"))
    if expect.frame_crc32 is not None:
        pairs.append(("frame_crc32", expect.frame_crc32, f"{machine.frame_crc32():08x}"))
    if expect.state_sha256 is not None:
        pairs.append(("state_sha256", expect.state_sha256, machine.state_sha256()))
    for name, value in expect.registers.items():
        pairs.append((name, f"{value:x}", f"{_register(machine, part, name):x}"))
    for address, data in expect.memory.items():
        got = _memory(machine, part, address, len(data))
        pairs.append((f"memory {address:04x}", data.hex(" "), got.hex(" ")))
    return differences + [Difference(*pair) for pair in pairs if pair[1] != pair[2]]


def _last(text: str) -> str:
    return repr(text[-200:])


def _register(machine: Machine, part: CpuPart, name: str) -> int:
    try:
        return accessor(machine.cpus[part.name], name).get()
    except KeyError:
        raise UserError(f"{part.isa.name} has no register {name!r}") from None


def _memory(machine: Machine, part: CpuPart, address: int, size: int) -> bytes:
    """*size* bytes from *address*; :class:`UserError` where there is no memory."""
    assert part.isa.space is not None
    space = machine.space(part.isa.space.name, part.name)
    found = [space.look(at) for at in range(address, address + size)]
    if None in found:
        at = address + found.index(None)
        raise UserError(f"{machine.board.name} has no memory to look at in {at:04x}")
    return bytes(byte for byte in found if byte is not None)
