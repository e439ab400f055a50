"""The harness itself: what is wrong must fail, by name, and what is absent must be said to be."""

from __future__ import annotations

import copy
import gzip
import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emucore.cpus.z80 import z80
from machines.host.cli import main as emu
from roms_test.harness import fuse, runner, singlestep
from roms_test.harness.case import ACK, IN, OUT, READ, WHAT, WRITE, Case, compare_accesses
from roms_test.harness.edition import edition
from roms_test.harness.exams import tape_code
from roms_test.harness.plan import Job, plan
from roms_test.harness.probe import Probe

ENGINES = ("reference", "interp")
STORE = Case(
    name="ld (1234h),a",
    registers={"pc": 0x100, "a": 0x56, "f": 0xFF, "bc": 0x1122},
    memory=[(0x100, 0x32), (0x101, 0x34), (0x102, 0x12)],
    cycles=13,
    clock=13,
    after={"pc": 0x103, "a": 0x56, "f": 0xFF, "b": 0x11, "wz": 0x5635, "r": 1},
    memory_after=[(0x1234, 0x56)],
    accesses=[
        [1, READ, 0x100, 0x32],
        [5, READ, 0x101, 0x34],
        [8, READ, 0x102, 0x12],
        [11, WRITE, 0x1234, 0x56],
    ],
)
#: inir, once: it reads a port and writes memory
BLOCK = Case(
    name="ini",
    registers={"pc": 0x8000, "bc": 0x10FE, "hl": 0x9000},
    memory=[(0x8000, 0xED), (0x8001, 0xA2)],
    cycles=16,
    clock=16,
    after={"pc": 0x8002, "b": 0x0F, "c": 0xFE, "hl": 0x9001},
    memory_after=[(0x9000, 0xA5)],
    accesses=[
        [1, READ, 0x8000, 0xED],
        [5, READ, 0x8001, 0xA2],
        [11, IN, 0x10FE, 0xA5],
        [14, WRITE, 0x9000, 0xA5],
    ],
    answers=[0xA5],
)
OUTPUT = Case(
    name="out (fe),a",
    registers={"pc": 0, "a": 0x12},
    memory=[(0, 0xD3), (1, 0xFE)],
    cycles=11,
    clock=11,
    after={"pc": 2},
    memory_after=[],
    accesses=[[1, READ, 0, 0xD3], [5, READ, 1, 0xFE], [9, OUT, 0x12FE, 0x12]],
)
#: the bus gives ff, RST 38h
INTERRUPT = Case(
    name="interrupt, mode 0",
    registers={"pc": 0x1234, "sp": 0x8000, "iff1": 1, "iff2": 1, "int": 0},
    memory=[],
    cycles=1,
    clock=13,
    after={"pc": 0x38, "sp": 0x7FFE, "iff1": 0, "iff2": 0, "r": 1},
    memory_after=[(0x7FFF, 0x12), (0x7FFE, 0x34)],
    accesses=[[3, ACK, 0, 0xFF], [8, WRITE, 0x7FFF, 0x12], [11, WRITE, 0x7FFE, 0x34]],
)
CASES = {case.name: case for case in (STORE, BLOCK, OUTPUT, INTERRUPT)}


@pytest.fixture(scope="module", params=ENGINES)
def probe(request: pytest.FixtureRequest) -> Probe:
    return Probe(z80, request.param)


def failed_fields(probe: Probe, case: Case) -> list[str]:
    failure = probe.run(case)
    return [d.field for d in failure.differences] if failure else []


@pytest.mark.parametrize("name", CASES)
def test_what_is_right_passes(probe: Probe, name: str) -> None:
    assert failed_fields(probe, CASES[name]) == []


@pytest.mark.parametrize("register", STORE.after)
def test_a_wrong_register_fails(probe: Probe, register: str) -> None:
    case = copy.deepcopy(STORE)
    case.after[register] ^= 1
    assert failed_fields(probe, case) == [register]


def test_wrong_memory_fails(probe: Probe) -> None:
    case = copy.deepcopy(STORE)
    case.memory_after = [(0x1234, 0x57), (0x0000, 0x01)]
    assert failed_fields(probe, case) == ["memory 1234", "memory 0000"]


def test_a_wrong_clock_fails(probe: Probe) -> None:
    case = copy.deepcopy(STORE)
    case.clock += 1
    assert failed_fields(probe, case) == ["clock"]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("column", range(4), ids=("cycle", "what", "address", "data"))
def test_every_column_of_every_access_counts(probe: Probe, name: str, column: int) -> None:
    for i in range(len(CASES[name].accesses)):
        case = copy.deepcopy(CASES[name])
        value = case.accesses[i][column]
        case.accesses[i][column] = (value + 1) % len(WHAT) if column == 1 else value ^ 1
        assert failed_fields(probe, case) == [f"access {i}"]


def test_order_of_accesses_counts(probe: Probe) -> None:
    case = copy.deepcopy(STORE)
    case.accesses[1], case.accesses[2] = case.accesses[2], case.accesses[1]
    assert failed_fields(probe, case) == ["access 1", "access 2"]


def test_a_missing_and_an_extra_access_fail(probe: Probe) -> None:
    short, long = copy.deepcopy(STORE), copy.deepcopy(STORE)
    del short.accesses[3]
    long.accesses.append([12, READ, 0, 0])
    assert failed_fields(probe, short) == ["access 3"]
    assert failed_fields(probe, long) == ["access 4"]


def test_a_wrong_port_answer_fails(probe: Probe) -> None:
    case = copy.deepcopy(BLOCK)
    case.answers = [0xA6]
    assert failed_fields(probe, case) == ["memory 9000", "access 2", "access 3"]


def test_cases_leave_nothing_behind(probe: Probe) -> None:
    """Memory that an earlier case set or wrote is clear again, and registers as at power-on."""
    probe.run(STORE)
    clean = Case(
        name="nop in cleared memory",
        registers={"pc": 0x1234},
        memory=[],
        cycles=4,
        clock=4,
        after={"pc": 0x1235, "bc": 0, "wz": 0},
        memory_after=[(0x100, 0), (0x1234, 0)],
        accesses=[[1, READ, 0x1234, 0]],
    )
    assert failed_fields(probe, clean) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_plain_memory_is_watched(engine: str) -> None:
    """Without a log of memory, a byte that changes unexpectedly still fails; ports are logged."""
    probe = Probe(z80, engine, logged=False)
    assert failed_fields(probe, STORE) == []
    case = copy.deepcopy(STORE)
    case.memory_after = []
    assert failed_fields(probe, case) == ["memory 1234"]
    assert failed_fields(probe, STORE) == []
    assert failed_fields(probe, BLOCK) == []
    case = copy.deepcopy(BLOCK)
    case.accesses[2][0] += 1
    assert failed_fields(probe, case) == ["access 0"]


@given(st.lists(st.lists(st.integers(0, 4), min_size=4, max_size=4), max_size=5), st.data())
def test_access_logs_are_equal_only_if_equal(log: list[list[int]], data: st.DataObject) -> None:
    other = data.draw(st.one_of(st.just(copy.deepcopy(log)), st.permutations(log)))
    assert (compare_accesses(log, other) == []) == (log == other)


# -- readers ------------------------------------------------------------------------------------

VECTOR = {
    "name": "in",
    "initial": {"pc": 0, "a": 1, "f": 0, "q": 5, "ram": [[0, 0xDB], [1, 0x10]]},
    "final": {"pc": 2, "a": 7, "f": 0x80, "q": 0, "ram": [[0, 0xDB], [1, 0x10]]},
    "cycles": [
        *([0, None, "----"], [0, None, "r-m-"], [0, 0xDB, "----"], [0, None, "----"]),
        *([1, None, "----"], [1, None, "r-m-"], [1, 0x10, "----"]),
        *([0x110, None, "----"], [0x110, None, "----"], [0x110, None, "r--i"]),
        [0x110, 7, "----"],
    ],
    "ports": [[0x110, 7, "r"]],
}


def test_a_z80_vector() -> None:
    case = singlestep.read_z80(copy.deepcopy(VECTOR))
    assert case.accesses == [[1, READ, 0, 0xDB], [5, READ, 1, 0x10], [9, IN, 0x110, 7]]
    assert (case.clock, case.answers) == (11, [7])
    assert (case.registers["q"], case.after["q"]) == (1, 0)


def test_fuse_files(tmp_path: Path) -> None:
    zeros = "0000 " * 9
    (tmp_path / "tests.in").write_text(
        f"20\n0040 {zeros}0000 0000 0000\n00 00 0 0 0 0     1\n0000 20 40 -1\n-1\n"
    )
    (tmp_path / "tests.expected").write_text(
        "20\n    0 MC 0000\n    4 MR 0000 20\n    4 MC 0001\n"
        f"0040 {zeros}0000 0002 0000\n00 01 0 0 0 0 7\n"
    )
    (case,) = fuse.load(tmp_path)
    assert case.accesses == [[1, READ, 0, 0x20], [5, READ, 1, 0x40]]
    assert (case.clock, case.after["f"], case.after["pc"]) == (7, 0x40, 2)


def test_damaged_fuse_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "fuse-z80"
    folder.mkdir()
    (folder / "tests.in").write_text("20\n0040 0000\n-1\n")
    (folder / "tests.expected").write_text("20\n    0 MC 0000\n")
    assert emu_test("fuse-z80", "--suites", str(tmp_path)) == 2
    assert "case 20 is not of FUSE's form" in capsys.readouterr().err


def test_tape() -> None:
    header = b"\0\3" + b"x" * 10 + (3).to_bytes(2, "little") + b"\x00\x80" + b"\0\0" + b"?"
    data = b"\xff" + b"abc" + b"?"
    blocks = [b"\0\0" + b"basic" * 3 + b"?", b"\xff\x01\x02?", header, data]
    tap = b"".join(len(block).to_bytes(2, "little") + block for block in blocks)
    assert tape_code(tap) == (0x8000, b"abc")
    with pytest.raises(ValueError, match="no CODE"):
        tape_code(tap[:20])


# -- the command --------------------------------------------------------------------------------


def emu_test(*arguments: str) -> int:
    return emu(["test", *arguments])


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    """A suite of one file: ten times the vector above, the fourth of them wrong."""
    folder = tmp_path / "single-step" / "z80"
    folder.mkdir(parents=True)
    cases = [copy.deepcopy(VECTOR) for _ in range(11)]
    for case in cases:
        case["final"]["f"], case["final"]["q"] = 0, 0  # type: ignore[index]
    cases[3]["final"]["a"] = 8  # type: ignore[index]
    (folder / "db.json.gz").write_bytes(gzip.compress(json.dumps(cases).encode()))
    return tmp_path


def jobs(root: Path) -> list[Job]:
    """The Z80 vectors under *root*, whole, on the interpreter."""
    rows = plan(["single-step/z80"], root, engines=["interp"])
    return [row for row in rows if isinstance(row, Job)]


def test_exit_codes_and_files(vectors: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = ("--suites", str(vectors))
    files = ("--json", str(vectors / "r.json"), "--junit", str(vectors / "r.xml"))
    assert emu_test("single-step/z80", *root, *files) == 1
    text = capsys.readouterr().out
    assert "FAILED single-step/z80/db: in on interp" in text
    assert "a: expected 08, got 07" in text
    result = json.loads((vectors / "r.json").read_text())
    assert not result["ok"]
    counts = [(r["engine"], r["passed"], r["failed"], r["verdict"]) for r in result["suites"]]
    assert counts == [("reference", 2, 0, "passed"), ("interp", 10, 1, "failed")]
    named = edition(vectors / "single-step" / "z80")
    assert [r["edition"] for r in result["suites"]] == [named, named]
    assert f"Editions: single-step/z80 {named}\n" in text
    tree = ElementTree.parse(vectors / "r.xml").getroot()
    assert [p.get("value") for p in tree.iter("property")] == [named, named]
    assert [s.get("failures") for s in tree.iter("testsuite")] == ["0", "1"]
    assert "expected 08, got 07" in (tree.findtext(".//failure") or "")
    assert sorted(p.name for p in vectors.iterdir()) == ["r.json", "r.xml", "single-step"]

    assert emu_test("single-step/z80", *root, "--engine", "reference") == 0
    assert emu_test("single-step/z80", *root, "--engine", "reference", "--all") == 1
    assert emu_test("single-step/z80/db", *root, "--engine", "reference") == 1


def test_an_edition_is_named_by_its_content(tmp_path: Path) -> None:
    suite = tmp_path / "suite"
    (suite / "part").mkdir(parents=True)
    (suite / "part" / "1").write_bytes(b"one")
    (suite / ".git").mkdir()
    named = edition(suite)
    assert len(named) == 8
    (suite / ".git" / "HEAD").write_bytes(b"the publisher's own")
    os.utime(suite / "part" / "1", (0, 0))
    assert edition(suite.rename(tmp_path / "elsewhere")) == named
    (tmp_path / "elsewhere" / "part" / "1").write_bytes(b"two")
    assert edition(tmp_path / "elsewhere") != named
    assert edition(tmp_path / "nowhere") == ""


def test_what_is_absent_is_named(vectors: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert emu_test("cpm", "klaus6502", "--suites", str(vectors)) == 0
    text = capsys.readouterr().out
    assert f"cpm left out: no folder {vectors / 'cpm'}" in text
    assert f"klaus6502 left out: no folder {vectors / 'klaus6502'}" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nonsense",), "no suite 'nonsense'"),
        (("single-step/z80/zz",), "single-step/z80 has no 'zz'"),
        (("--engine", "warp"), "no engine 'warp'"),
        (("--json", "/nowhere/x.json"), "there is no folder /nowhere"),
        (("-j", "0"), "at least one process"),
        (("--suites", "/nowhere"), "/nowhere: no such folder"),
    ],
)
def test_bad_input(
    vectors: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert emu_test("--suites", str(vectors), *arguments) == 2
    assert message in capsys.readouterr().err


def test_an_exception_fails_its_unit_alone(vectors: Path) -> None:
    (vectors / "single-step" / "z80" / "00.json.gz").write_bytes(b"not gzip")
    outcomes = {o.unit: o for o in runner.run(jobs(vectors))}
    assert outcomes["00"].failed == 1
    assert "BadGzipFile" in str(outcomes["00"].failures[0].differences[0])
    assert (outcomes["db"].passed, outcomes["db"].failed) == (10, 1)


def test_workers_give_the_same_answers(vectors: Path) -> None:
    source = vectors / "single-step" / "z80" / "db.json.gz"
    for name in ("d0", "d1", "d2"):
        source.with_name(f"{name}.json.gz").write_bytes(source.read_bytes())
    alone = {o.unit: (o.passed, o.failures) for o in runner.run(jobs(vectors))}
    together = {o.unit: (o.passed, o.failures) for o in runner.run(jobs(vectors), 2)}
    assert alone == together
    assert len(alone) == 4


class Crash:
    """A folder that ends the process which unpickles it, as a bug in compiled code might."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (1,)


def test_a_crash_of_a_worker_fails_what_it_had(vectors: Path) -> None:
    bad = Job("single-step/z80", Crash(), "db", "interp", True)  # type: ignore[arg-type]
    outcomes = list(runner.run([bad, *jobs(vectors)], 2))
    assert [o.failed for o in outcomes] == [1, 1]
    assert "a worker process died" in str(outcomes[0].failures[0].differences[0])
