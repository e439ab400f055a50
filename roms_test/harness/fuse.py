"""FUSE's Z80 tests: tests.in and tests.expected (their README has the form).

Its events are those of a Spectrum: MC and PC (contention) are not the CPU's and left out, but the
MC before an MR or MW is where that machine cycle begins.  Here an access is at T2, the state behind
it.  Ports are accessed in the third state of four (behind the automatic wait state), which FUSE
puts into the second.  An input port gives the upper half of its address; memory that a test does
not set holds DE AD BE EF again and again.  FUSE leaves PC on a HALT; here it is behind it.

An MC that nothing follows for three states is a read that FUSE does not do, of the distance of a
jump not taken; the chip does it, as the single-step vectors show.
"""

from __future__ import annotations

from pathlib import Path

from emucore.base.errors import UserError
from emucore.base.files import read_text
from roms_test.harness.case import IN, OUT, READ, WRITE, Access, Case

#: Bytes of a file at most.
MOST = 1 << 24

#: What memory holds that no test has set.
FILL = b"\xde\xad\xbe\xef"

_WORDS = ("af", "bc", "de", "hl", "af_", "bc_", "de_", "hl_", "ix", "iy", "sp", "pc", "wz")
_SMALL = ("i", "r", "iff1", "iff2", "im", "halted")
_EVENTS = {"MR": READ, "MW": WRITE, "PR": IN, "PW": OUT}
_KINDS = (*_EVENTS, "MC", "PC")


#: Cases that are older than the discovery that a block instruction about to repeat takes flags and
#: WZ from PC, and the registers that the single-step vectors (for those opcodes) contradict.
DISPUTED = {
    **dict.fromkeys(("edb2_1", "edb3_1", "edbb_1"), ("f", "wz")),
    "edb9_2": ("f",),
    "edba_1": ("wz",),
}


def load(folder: Path) -> list[Case]:
    """The cases of the folder's two files, in their order.

    :class:`UserError` if they do not have FUSE's form, :class:`OSError` if they cannot be read.
    """
    questions = _blocks(folder / "tests.in")
    answers = _blocks(folder / "tests.expected")
    cases = []
    for name, lines in questions.items():
        try:
            cases.append(_case(name, lines, answers[name]))
        except (ValueError, LookupError, StopIteration) as error:
            raise UserError(f"{folder}: case {name} is not of FUSE's form: {error!r}") from None
    for case in cases:
        case.after["a"], case.after["f"] = divmod(case.after.pop("af"), 256)
        for register in DISPUTED.get(case.name, ()):
            del case.after[register]
    return cases


def _blocks(path: Path) -> dict[str, list[list[str]]]:
    """Tests by name: their lines in words.  A test ends at an empty line or a lone -1."""
    tests: dict[str, list[list[str]]] = {}
    name = ""
    for line in read_text(path, MOST).splitlines():
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


def _accesses(events: list[list[str]], end: int, before: dict[int, int]) -> list[Access]:
    """The accesses among *events*; *end* is the time behind them, *before* the memory at first."""
    accesses: list[Access] = []
    start = 0
    times = [int(time) for time, *_ in events] + [end]
    for i, (_, kind, address_, *data) in enumerate(events):
        address = int(address_, 16)
        if kind == "MC":
            start = times[i]
            noted = i + 1 < len(events) and events[i + 1][1] in ("MR", "MW")
            if not noted and times[i + 1] - start >= 3:
                byte = before.get(address, FILL[address % len(FILL)])
                accesses.append([start + 1, READ, address, byte])
        elif kind != "PC":
            at = times[i] if kind[0] == "P" else start
            accesses.append([at + 1, _EVENTS[kind], address, int(data[0], 16)])
    return accesses


def _case(name: str, before: list[list[str]], after: list[list[str]]) -> Case:
    count = next(i for i, (_, kind, *_rest) in enumerate(after) if kind not in _KINDS)
    words, small, *changed = after[count:]
    memory, clock = _memory(before[2:]), int(small[6])
    accesses = _accesses(after[:count], clock, dict(memory))
    final = _registers(words, small)
    if final["halted"]:
        final["pc"] = final["pc"] + 1 & 0xFFFF
    return Case(
        name=name,
        registers=_registers(before[0], before[1]),
        memory=memory,
        cycles=int(before[1][6]),
        clock=clock,
        after=final,
        memory_after=_memory(changed),
        accesses=accesses,
        answers=[address >> 8 for _, what, address, _ in accesses if what == IN],
    )
