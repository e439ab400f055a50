"""The suites that are known by name: a suite is a folder, a unit of it a file or a case.

A unit is what one worker runs at a time, and what can be asked for: ``cpm/TST8080``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from emucore.base.errors import UserError
from emucore.cpus import isa
from roms_test.harness import disputed_6502, exams, fuse, manifest, own, singlestep
from roms_test.harness.case import Case, Difference, Failure
from roms_test.harness.probe import Probe

#: What a reference run of vectors does by default: every tenth case, the first included.
SAMPLE = 10


@dataclass(frozen=True)
class Unit:
    """A part of a suite; *instructions* is about how many it takes, for the long ones.

    ``engines`` are those that it is for by its own word; none means any.
    """

    name: str
    instructions: int = 0
    engines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What came of a unit: how many cases passed, which failed, and what people should know."""

    passed: int
    failures: list[Failure] = field(default_factory=list)
    note: str = ""


class Suite:
    """A folder of exams.  ``left_out`` names what is in the folder but not run, and why."""

    def __init__(self, name: str, title: str) -> None:
        self.name = name
        self.title = title

    def units(self, folder: Path) -> list[Unit]:
        """The parts of the suite in *folder*."""
        raise NotImplementedError

    def left_out(self, folder: Path) -> dict[str, str]:
        """Names of units in *folder* that do not apply, with the reason."""
        return {}

    def run(self, folder: Path, unit: str, engine: str, whole: bool) -> Answer:
        """Run a unit; *whole* is False if a sample is enough."""
        raise NotImplementedError


@functools.cache
def _probe(on: str, engine: str, fill: bytes) -> Probe:
    return Probe(isa(on), engine, fill)


def put(cases: list[Case], probe: Probe) -> Answer:
    """Put *cases* to a probe."""
    failures = [failure for case in cases if (failure := probe.run(case)) is not None]
    return Answer(len(cases) - len(failures), failures)


class Vectors(Suite):
    """Single-step vectors: a file an opcode."""

    SUFFIX = ".json.gz"

    def __init__(self, name: str, title: str, on: str, notes: dict[str, str] | None = None) -> None:
        super().__init__(name, title)
        self.on = on
        self.notes = notes or {}

    def units(self, folder: Path) -> list[Unit]:
        files = sorted(folder.glob(f"*{self.SUFFIX}"))
        return [Unit(file.name.removesuffix(self.SUFFIX)) for file in files]

    def run(self, folder: Path, unit: str, engine: str, whole: bool) -> Answer:
        cases = singlestep.load(folder / f"{unit}{self.SUFFIX}", self.on)
        answer = put(cases if whole else cases[::SAMPLE], _probe(self.on, engine, b"\0"))
        return replace(answer, note=self.notes.get(unit, ""))


class Fuse(Suite):
    """FUSE's tests: all in two files."""

    @staticmethod
    @functools.cache
    def _cases(folder: Path) -> dict[str, Case]:
        return {case.name: case for case in fuse.load(folder)}

    def units(self, folder: Path) -> list[Unit]:
        return [Unit(name) for name in self._cases(folder)]

    def run(self, folder: Path, unit: str, engine: str, whole: bool) -> Answer:
        answer = put([self._cases(folder)[unit]], _probe("z80", engine, fuse.FILL))
        disputed = fuse.DISPUTED.get(unit)
        if disputed is None:
            return answer
        note = f"{' and '.join(disputed)} not compared: single-step/z80 contradicts it"
        return replace(answer, note=note)


@dataclass(frozen=True)
class Program:
    """An exam program: its file, what runs it, and about how many instructions it takes."""

    file: str
    examine: Callable[[Path, str], list[Difference]]
    instructions: int


class Programs(Suite):
    """Programs that judge the CPU themselves."""

    def __init__(self, name: str, title: str, programs: dict[str, Program]) -> None:
        super().__init__(name, title)
        self.programs = programs

    def units(self, folder: Path) -> list[Unit]:
        return [
            Unit(name, program.instructions)
            for name, program in self.programs.items()
            if (folder / program.file).is_file()
        ]

    def left_out(self, folder: Path) -> dict[str, str]:
        return {
            name: f"{program.file} is not there"
            for name, program in self.programs.items()
            if not (folder / program.file).is_file()
        }

    def run(self, folder: Path, unit: str, engine: str, whole: bool) -> Answer:
        program = self.programs[unit]
        differences = program.examine(folder / program.file, engine)
        return Answer(0, [Failure(unit, differences)]) if differences else Answer(1)


class Riscv(Suite):
    """riscv-tests, those that run on RV32IM with machine mode."""

    GROUPS = ("rv32ui", "rv32um", "rv32mi")
    REASONS = {
        "rv32si": "supervisor mode: this hart has machine mode alone",
        "rv32ua": "the A extension",
        "rv32uc": "the C extension",
        "rv32ud": "the D extension",
        "rv32uf": "the F extension",
    }

    def units(self, folder: Path) -> list[Unit]:
        names = sorted(path.name for path in folder.glob("rv32*-p-*"))
        return [Unit(name, 20_000) for name in names if name.partition("-")[0] in self.GROUPS]

    def left_out(self, folder: Path) -> dict[str, str]:
        reasons = {}
        for path in sorted(folder.glob("rv*-p-*")):
            group = path.name.partition("-")[0]
            if group not in self.GROUPS:
                reasons[path.name] = self.REASONS.get(group, "a 64-bit hart")
        return reasons

    def run(self, folder: Path, unit: str, engine: str, whole: bool) -> Answer:
        differences = exams.riscv(folder / unit, engine, limit=200_000)
        return Answer(0, [Failure(unit, differences)]) if differences else Answer(1)


class Own(Suite):
    """A user's manifest; its "folder" is the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), "a manifest")
        self.tests = {test.name: test for test in manifest.load(path)}
        for test in self.tests.values():
            try:
                own.check(test)
            except UserError as error:
                raise UserError(f"{path}: test {test.name!r}: {error}") from None

    def units(self, folder: Path) -> list[Unit]:
        return [Unit(test.name, engines=test.engines) for test in self.tests.values()]

    def run(self, folder: Path, unit: str, engine: str, whole: bool) -> Answer:
        differences = own.examine(self.tests[unit], engine)
        return Answer(0, [Failure(unit, differences)]) if differences else Answer(1)


def _cpm(name: str, on: str, says: str, limit: int, *, clock: int = 0, never: str = "") -> Program:
    """A program of the suite cpm; *limit* is in cycles (about eight make an instruction)."""

    def examine(path: Path, engine: str) -> list[Difference]:
        return exams.cpm(path, engine, on=on, says=says, never=never, clock=clock, limit=limit)

    return Program(f"{name}.COM", examine, (clock or limit) // 8)


_CPM = {
    "TST8080": _cpm("TST8080", "8080", "CPU IS OPERATIONAL", 100_000, clock=4_924),
    "8080PRE": _cpm("8080PRE", "8080", "8080 Preliminary tests complete", 100_000, clock=7_817),
    "CPUTEST": _cpm("CPUTEST", "8080", "CPU TESTS OK", 300_000_000, clock=255_653_383),
    "PRELIM": _cpm("PRELIM", "z80", "Preliminary tests complete", 100_000),
    "ZEXDOC": _cpm(
        *("ZEXDOC", "z80", "Tests complete", 50_000_000_000),
        clock=46_734_978_649,
        never="ERROR",
    ),
}


def _z80test(path: Path, engine: str) -> list[Difference]:
    return exams.z80test(path, engine, limit=4_000_000_000)


def _klaus(path: Path, engine: str) -> list[Difference]:
    return exams.klaus6502(path, engine, limit=200_000_000)


_ALL = [
    Vectors("single-step/z80", "Z80, every access of one instruction", "z80"),
    Vectors(
        *("single-step/6502", "6502, every access of one instruction", "6502"),
        {f"{opcode:02x}": note for opcode, note in disputed_6502.NOTES.items()},
    ),
    Fuse("fuse-z80", "FUSE's Z80 tests"),
    Programs("cpm", "8080 and Z80 exercisers under CP/M", _CPM),
    Programs(
        "z80test",
        "raxoft's Z80 test",
        {
            "z80doc": Program("z80doc.tap", _z80test, 110_000_000),
            "z80docflags": Program("z80docflags.tap", _z80test, 55_000_000),
        },
    ),
    Programs(
        "klaus6502",
        "Klaus Dormann's 6502 functional test",
        {"functional": Program("6502_functional_test.bin", _klaus, 30_600_000)},
    ),
    Riscv("riscv", "riscv-tests for RV32IM and machine mode"),
]

#: Suites by name.
SUITES = {suite.name: suite for suite in _ALL}


def suite(name: str) -> Suite:
    """The suite *name*: a known one, or the manifest at that path."""
    return SUITES[name] if name in SUITES else Own(Path(name))
