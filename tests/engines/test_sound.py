"""Sound by steps: the same samples from all engines, and what they sound like."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from sound_boards import CLOCK, RATE, Player, Tone, Wave, orchestra, player, tone
from test_jit import eager, engine_of
from test_lockstep import differences

from emucore.base.errors import MachineError
from emucore.board import Board, BoardError, Source
from emucore.device import Record
from emucore.device.speaker import ONE, PHASES, TABLE, TAPS, WHOLE
from emucore.machine import Machine
from jit.llvm.native import threaded

__all__ = ["eager"]

ENGINES = ["reference", "interp", *(["jit"] if threaded() else [])]

Samples = npt.NDArray[np.int16]

BOARDS: dict[str, Callable[[str], Machine]] = {
    "stereo": orchestra,
    "mono": lambda engine: orchestra(engine, stereo=False),
    "at 44100": lambda engine: orchestra(engine, rate=44_100),
}


def spectrum(samples: Samples) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Frequencies, and energies which sum to half of an amplitude's square, a full sine's 1: by a
    window whose sides are far down."""
    window = np.maximum(np.blackman(len(samples)), 0) ** 1.5
    found = np.abs(np.fft.rfft(samples / 32_768 * window)) ** 2
    return np.fft.rfftfreq(len(samples), 1 / RATE), 2 * found / len(samples) / (window**2).sum()


def decibels(energy: npt.NDArray[np.float64]) -> float:
    """The level of a sine of that energy."""
    return float(10 * np.log10(2 * energy.sum()))


# -- engines --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", BOARDS)
def test_engines_play_the_same(name: str) -> None:
    """To the bit, in one go or in pieces, with states saved and loaded in between."""
    build, rng = BOARDS[name], random.Random(name)
    machines = [build(engine) for engine in ENGINES]
    end = 200_000
    whole = build("interp")
    whole.run_until(end)
    heard: list[list[Samples]] = [[] for _ in machines]
    for time in [*sorted(rng.randrange(1, end) for _ in range(12)), end]:
        for machine, pieces in zip(machines, heard, strict=True):
            machine.run_until(time)
            if machine.engine_name == "jit":
                engine_of(machine).translate_hot()
            pieces.append(machine.sound)
            if rng.random() < 0.4:
                machine.load_state_bytes(machine.state_bytes())
        for machine in machines[1:]:
            assert differences(machines[0], machine) == [], f"{machine.engine_name} at {time}"
    assert differences(machines[0], whole) == []
    wanted = whole.sound
    assert np.abs(wanted).max() > 2000
    assert wanted.shape[1:] == (() if name == "mono" else (2,))
    for pieces in heard:
        assert np.array_equal(np.concatenate(pieces), wanted)


@pytest.mark.parametrize("name", BOARDS)
def test_frames_in_one_go_play_the_same(name: str) -> None:
    drawn, skipped = BOARDS[name]("interp"), BOARDS[name]("interp")
    frames = []
    for _ in range(9):
        drawn.run_frames(1, draw=True)
        frames.append(drawn.frame_sound)
    assert skipped.run_frames(9) == 9
    assert drawn.state_sha256() == skipped.state_sha256()
    assert np.array_equal(np.concatenate(frames), skipped.sound)
    assert np.array_equal(frames[-1], skipped.frame_sound)


def test_what_an_interrupted_instruction_has_stepped_is_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A device that fails amid a step's instruction: the reference engine goes back to where that
    began, and what is played from there is as if nothing had been."""
    raised = 0
    original = Tone.functions["catch_up"]

    def failing(self: Tone, time: int) -> None:
        nonlocal raised
        original(self, time)
        if time > 40_000 and not raised:
            raised = time
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Tone, "functions", {**Tone.functions, "catch_up": failing})
        machine = orchestra("reference")
        with pytest.raises(KeyboardInterrupt):
            machine.run_frames(3)
    other = orchestra("interp")
    other.run_frames(3)
    machine.use("interp")
    machine.run_frames(3 - machine.frame)
    assert raised
    assert differences(machine, other) == []
    assert np.array_equal(machine.sound, other.sound)


def test_sound_is_no_state() -> None:
    """Machines whose boards mix differently, or not at all, are in the same states; a state without
    its outputs goes on in silence, and its steps settle around 0."""
    plain, other = orchestra("interp"), orchestra("interp", stereo=False, rate=44_100)
    plain.run_frames(5)
    other.run_frames(5)
    assert plain.state_sha256() == other.state_sha256()
    machine, kept = tone("interp", 894), tone("interp", 894)
    machine.run_frames(61)
    kept.run_frames(7)
    assert len(kept.sound) == 7 * 800
    kept.set_state(machine.arena.state())
    assert len(kept.sound) == 0
    kept.run_frames(60)
    machine.run_frames(60)
    played, wanted = kept.sound[-4000:].astype(int), machine.sound[-4000:].astype(int)
    assert abs(len(kept.frame_sound) - 800) <= 1
    assert np.abs(played - wanted).max() <= 2


def test_damaged_outputs_are_refused() -> None:
    machine = orchestra("interp")
    machine.run_frames(2)
    for name, value in (
        ("speaker.left.pending", 1 << 40),
        ("speaker.made", 5),
        ("speaker.right.level", np.nan),
    ):
        data = machine.clone()
        data.arena[name][0] = value
        with pytest.raises(MachineError):
            machine.load_state_bytes(data.state_bytes())


# -- what it sounds like --------------------------------------------------------------------------


def test_a_row_of_weights_is_whole() -> None:
    assert (TABLE.reshape(PHASES, TAPS).astype(int).sum(axis=1) == WHOLE).all()


def test_a_square_has_its_harmonics_and_no_aliases() -> None:
    """1,001 Hz, of a period that is no multiple of a sample: odd harmonics as 1 / n, to where the
    band ends, and nothing else above -60 dB of the first."""
    machine = tone("interp", 894)
    machine.run_frames(80)
    samples = machine.sound[8192 : 8192 + 32_768, 0]
    frequencies, energy = spectrum(samples)
    pitch = CLOCK / 894 / 2
    first = decibels(energy[np.abs(frequencies - pitch) < 12])
    # its level goes from 0 to half of a full swing: an amplitude of a quarter of that
    assert first == pytest.approx(20 * np.log10(0.25 * 4 / np.pi), abs=0.05)
    own = frequencies < 30  # the high-pass
    for n in range(1, 24, 2):
        near = np.abs(frequencies - n * pitch) < 12
        own |= near
        if n * pitch < 14_500:
            wanted = first - 20 * np.log10(n)
            assert decibels(energy[near]) == pytest.approx(wanted, abs=0.1)
    others = energy[~own]
    loudest = max(decibels(others[i : i + 16]) for i in range(0, len(others), 8))
    assert loudest < first - 60


@pytest.mark.parametrize("pan", [-1.0, -0.25, 0.0, 0.5, 1.0])
def test_gain_and_pan(pan: float) -> None:
    """Without filters, levels are exact: 15 is a full swing."""
    machine = tone("interp", 40_000, gain=0.25, pan=pan, high_pass=0.0)
    machine.run_frames(4)
    heard = machine.sound
    wanted = [round(8192 * min(1.0, 1.0 + side * pan)) for side in (-1, 1)]
    for channel, level in enumerate(wanted):
        values, counts = np.unique(heard[:, channel], return_counts=True)
        assert {int(v) for v in values[counts > 200]} == {0, level}


def test_nothing_is_left_behind() -> None:
    """Ten thousand steps up and down add up to nothing, exactly."""
    machine = tone("interp", 11, high_pass=0.0)
    machine.run_frames(4)
    machine.arena["chip.half"][0] = 0
    machine.refresh()
    machine.run_frames(2)
    high = int(machine.arena["chip.high"][0])
    assert (
        float(machine.arena["speaker.left.level"][0]) == high * 15 * round(16_384 / 15 * ONE) / ONE
    )


def test_samples_at_the_rate_of_the_speaker_go_through_unchanged() -> None:
    machine = player("interp")
    song = np.random.default_rng(1).integers(-32_768, 32_768, 4096).astype(np.int16)
    machine.arena["chip.song"][:] = song
    machine.run_frames(7)
    heard = machine.sound
    for channel in (0, 1):
        assert np.array_equal(heard[TAPS // 2 - 1 :, channel][:4096], song)


def test_silence_is_silent_and_no_work() -> None:
    """What has come to rest is 0, and nothing is kept in mind of it."""
    machine = tone("interp", 894)
    machine.run_frames(3)
    machine.arena["chip.half"][0] = 0
    machine.refresh()
    machine.run_frames(60)
    assert not machine.frame_sound.any()
    speaker = machine.board.speaker
    assert speaker is not None
    at = machine.layout.fields["speaker"].offset
    record = Record(machine.arena.memory, at, type(speaker.device))
    assert (record.left.pending, record.left.level, record.left.smooth) == (0, 0.0, 0.0)


@pytest.mark.parametrize("engine", ENGINES)
def test_who_is_not_heard_plays_for_nobody(engine: str) -> None:
    machine, heard = orchestra(engine), orchestra(engine)
    board = machine.board
    board.sources.clear()
    alone = Machine(board)
    alone.load("ram", machine.arena["ram"].tobytes())
    alone.use(engine)
    for each in (alone, heard):
        each.run_frames(2)
    assert alone.state_sha256() == heard.state_sha256()
    assert not alone.sound.any()


def test_mixers_that_contradict_themselves() -> None:
    board = Board("b", "b", clock_hz=1000)
    chip, wave = board.device("chip", Tone()), board.device("wave", Wave())
    for sources, options in (
        ((Source(chip, "half"),), {}),
        ((Source(chip, "out"), Source(chip, "out")), {}),
        ((Source(wave, "out", 1.0, 0.5),), {"stereo": False}),
        ((Source(wave, "out", 1.0, 2.0),), {}),
        ((), {"low_pass": 30_000}),
    ):
        with pytest.raises(BoardError):
            board.mixer(RATE, *sources, **options)  # type: ignore[arg-type]
    assert Player.fields["out"].bits == RATE
