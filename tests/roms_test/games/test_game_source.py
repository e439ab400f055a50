"""Thistledown's source keeps its word: what a routine is said to clobber is what it clobbers."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from functools import cache
from pathlib import Path

from cabinet import Cabinet, program

import roms_test.games

FOLDER = Path(roms_test.games.__file__).parent / "thistledown"
CALL, CONDITIONAL = 0xCD, 0xC4  # opcodes; the latter with a condition in bits 3 to 5
VECTORS = (0x08, 0x10)
PAIRS = ("BC", "DE", "HL")

#: Routines that take seconds.
LONG = {
    "announce",
    "best_page",
    "choose_name",
    "demonstration",
    "game_over",
    "print_slowly",
    "tidy",
    "title",
}


@cache
def headers() -> dict[str, str]:
    """The comment above each global label of the source."""
    found: dict[str, str] = {}
    for path in FOLDER.glob("*.asm"):
        comment: list[str] = []
        for line in path.read_text().splitlines():
            label = re.match(r"(\w+):", line)
            if line.startswith(";"):
                comment.append(line[1:].strip())
            elif label:
                found[label[1]] = "\n".join(comment)
            elif not line.strip():
                comment = []
    return found


def may_change(name: str) -> set[str]:
    """The registers that a routine's header gives it."""
    lines = re.findall(r"^(?:Out|In, out|Clobbers):.*", headers()[name], re.MULTILINE)
    words = re.findall(r"\b(?:BC|DE|HL|[BCDEHL])\b", " ".join(lines))
    return set("".join(words))


def called() -> set[str]:
    """The global labels that some instruction calls."""
    text = "\n".join(path.read_text() for path in FOLDER.glob("*.asm"))
    return set(re.findall(r"^\s+c(?:all|n?z|n?c|p|m)\s+([a-z]\w*)", text, re.MULTILINE))


class Watcher:
    """Runs a cabinet an instruction at a time, and compares registers before and after calls."""

    def __init__(self, cabinet: Cabinet) -> None:
        self.cabinet = cabinet
        arena = cabinet.machine.arena
        self.pc, self.sp = arena["cpu.pc"], arena["cpu.sp"]
        self.pairs = [arena[f"cpu.{pair.lower()}"] for pair in PAIRS]
        self.rom = program().image(0)
        self.names: dict[int, list[str]] = {}
        for name in headers():
            self.names.setdefault(program().symbols[name], []).append(name)
        self.seen: set[str] = set()

    def registers(self) -> dict[str, int]:
        """B, C, D, E, H, L."""
        values = b"".join(int(pair[0]).to_bytes(2, "big") for pair in self.pairs)
        return dict(zip("BCDEHL", values, strict=True))

    def run(self, frames: int) -> None:
        """Run frames; every routine that returns is compared with its header."""
        machine = self.cabinet.machine
        assert machine.engine is not None
        end = machine.time + frames * machine.board.frame_ticks
        calls: list[tuple[int, int, dict[str, int]]] = []
        pc, sp = int(self.pc[0]), int(self.sp[0])
        while machine.time < end:
            opcode, before = self.rom[pc], sp
            machine.engine.step()
            pc, sp = int(self.pc[0]), int(self.sp[0])
            if sp == before - 2:
                if pc in VECTORS or opcode == CALL or opcode & 0xC7 == CONDITIONAL:
                    calls.append((pc, before, self.registers()))
            elif sp != before:
                while calls and calls[-1][1] <= sp:
                    target, level, saved = calls.pop()
                    if level == sp:
                        self.compare(target, saved)

    def compare(self, target: int, saved: dict[str, int]) -> None:
        """A routine has returned."""
        after = self.registers()
        changed = {name for name in saved if saved[name] != after[name]}
        for name in self.names.get(target, ()):
            self.seen.add(name)
            assert changed <= may_change(name), f"{name} changes {sorted(changed)}"


def test_every_routine_says_what_it_is_for() -> None:
    for name in called():
        header = headers()[name]
        assert re.match(r"[A-Z].*[.?]", header, re.DOTALL), name


def power_on(cabinet: Cabinet) -> None:
    pass


def attract(cabinet: Cabinet) -> None:
    cabinet.run(60)


def demonstration(cabinet: Cabinet) -> None:
    cabinet.run(1000)
    assert cabinet.byte("demo")


def start(cabinet: Cabinet) -> None:
    cabinet.run(20)
    cabinet.tap("coin")
    cabinet.machine.press("start1")


def fight(cabinet: Cabinet) -> None:
    cabinet.begin()
    cabinet.put("chain", 7)
    cabinet.put("level", 3)
    for number in range(4):
        cabinet.wisp(100 + number, 100, number=number)
    cabinet.wisp(40, 26, number=5)
    cabinet.sprite("shot", 104, 85, "shot_shape")
    cabinet.sprite("spines", cabinet.byte("mower") + 4, 42, "spine_1")
    cabinet.put("spine_timer", 0)


def wreck(cabinet: Cabinet) -> None:
    cabinet.begin()
    cabinet.put("lives", 1)
    cabinet.put("wreck_timer", 2)


def miss(cabinet: Cabinet) -> None:
    cabinet.begin()
    cabinet.sprite("shot", 104, 212, "shot_shape")
    cabinet.machine.press("fire")


def next_wave(cabinet: Cabinet) -> None:
    end_of_wave(cabinet)
    just_before(cabinet, lambda: cabinet.wave == 2)


def robot_begins(cabinet: Cabinet) -> None:
    cabinet.until("WHO KNOWS", 400)
    cabinet.put("page_time", 3, 0)
    just_before(cabinet, lambda: cabinet.byte("demo") == 1)


def mower(cabinet: Cabinet) -> None:
    start(cabinet)
    just_before(cabinet, lambda: cabinet.byte("mower", 3) > 0)


def gardeners(cabinet: Cabinet) -> None:
    robot_begins(cabinet)
    cabinet.run(15)
    cabinet.put("page_time", 3, 0)
    just_before(cabinet, lambda: not cabinet.byte("playing"))


def just_before(cabinet: Cabinet, event: Callable[[], bool]) -> None:
    """Run to the frame in which something happens, and back to the beginning of the one before."""
    states: deque[bytes] = deque(maxlen=2)
    while not event():
        states.append(cabinet.machine.arena.state())
        cabinet.run(1)
    cabinet.machine.set_state(states[0])


def hornet(cabinet: Cabinet) -> None:
    cabinet.begin()
    cabinet.empty_air()
    cabinet.put("hornet_timer", 1, 0)
    cabinet.run(30)
    cabinet.sprite("shot", cabinet.byte("hornet") + 7, 185, "shot_shape")
    cabinet.machine.press("right")
    cabinet.put("weeds", *[4] * 20)


def end_of_wave(cabinet: Cabinet) -> None:
    cabinet.begin()
    cabinet.empty_air(stock=0)
    cabinet.put_score(1495)
    cabinet.put("lull", 44)


def end_of_game(cabinet: Cabinet) -> None:
    cabinet.begin("start2", coins=2)
    cabinet.put_score(5000)
    cabinet.put("lives", 1)
    cabinet.lose()
    just_before(cabinet, lambda: not cabinet.byte("playing"))


def name(cabinet: Cabinet) -> None:
    end_of_game(cabinet)
    cabinet.until("CHOOSE", 60)
    cabinet.put("letters_left", 1)
    cabinet.machine.press("right")
    cabinet.run(2)
    cabinet.machine.press("fire")


def test_headers_are_true() -> None:
    """In every scene, for every routine that is called and comes back within it."""
    seen: set[str] = set()
    for scene, frames in (
        (power_on, 14),
        (attract, 3),
        (robot_begins, 12),
        (demonstration, 5),
        (gardeners, 12),
        (start, 12),
        (mower, 5),
        (fight, 10),
        (wreck, 5),
        (miss, 3),
        (hornet, 14),
        (end_of_wave, 5),
        (next_wave, 3),
        (end_of_game, 12),
        (name, 3),
    ):
        cabinet = Cabinet()
        scene(cabinet)
        watcher = Watcher(cabinet)
        watcher.run(frames)
        seen |= watcher.seen
    assert called() - seen == LONG
