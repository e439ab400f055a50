"""FUSE's Z80 tests: tests.in and tests.expected (their README has the form).

Its events are those of a Spectrum: MC and PC (contention) are not the CPU's and left out, but the
MC before an MR or MW is where that machine cycle begins.  Here an access is at T2, the state behind
it.  Ports are accessed in the third state of four (behind the automatic wait state), which FUSE
puts into the second.  An input port gives the upper half of its address; memory that a test does
not set holds DE AD BE EF again and again.  FUSE leaves PC on a HALT; here it is behind it.
"""

from __future__ import annotations

from pathlib import Path

from roms_test.harness.case import IN, OUT, READ, WRITE, Access, Case

#: What memory holds that no test has set.
FILL = b"\xde\xad\xbe\xef"

_WORDS = "af bc de hl af_ bc_ de_ hl_ ix iy sp pc wz".split()
_SMALL = "i r iff1 iff2 im halted".split()
_EVENTS = {"MR": READ, "MW": WRITE, "PR": IN, "PW": OUT}


def load(folder: Path) -> list[Case]:
    """The cases of the folder's two files, in their order."""
    questions = _blocks(folder / "tests.in")
    answers = _blocks(folder / "tests.expected")
    return [_case(name, lines, answers[name]) for name, lines in questions.items()]


def _blocks(path: Path) -> dict[str, list[list[str]]]:
    """Tests by name: their lines in words.  A test ends at an empty line or a lone -1."""
    tests: dict[str, list[list[str]]] = {}
    name = ""
    for line in path.read_text("ascii").splitlines():
        words = line.split()
        if not words or words == ["-1"]:
            name = ""
        elif not name:
            name = words[0]
            tests[name] = []
        else:
            tests[name].append(words)
    return tests


def _registers(words: list[str], small: list[str]) -> dict[str, int]:
    values = {name: int(word, 16) for name, word in zip(_WORDS, words, strict=True)}
    return values | {name: int(word, 16) for name, word in zip(_SMALL, small[:6], strict=True)}


def _memory(lines: list[list[str]]) -> list[tuple[int, int]]:
    return [
        (int(start, 16) + i & 0xFFFF, int(byte, 16))
        for start, *data in lines
        for i, byte in enumerate(data[:-1])  # the last is -1
    ]


def _case(name: str, before: list[list[str]], after: list[list[str]]) -> Case:
    accesses: list[Access] = []
    start = events = 0
    for time, kind, address, *data in after:
        if kind not in ("MR", "MW", "MC", "PR", "PW", "PC"):
            break
        events += 1
        if kind == "MC":
            start = int(time)
        elif kind != "PC":
            at = int(time) if kind[0] == "P" else start
            accesses.append([at + 1, _EVENTS[kind], int(address, 16), int(data[0], 16)])
    words, small, *changed = after[events:]
    final = _registers(words, small)
    if final["halted"]:
        final["pc"] = final["pc"] + 1 & 0xFFFF
    return Case(
        name=name,
        registers=_registers(before[0], before[1]),
        memory=_memory(before[2:]),
        cycles=int(before[1][6]),
        clock=int(small[6]),
        after=final,
        memory_after=_memory(changed),
        accesses=accesses,
        answers=[address >> 8 for _, what, address, _ in accesses if what == IN],
    )
