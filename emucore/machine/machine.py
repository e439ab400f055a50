"""A machine: a board brought to life in an arena, run by an engine.

    machine = Machine(board, {"rom": bytes})
    machine.use("interp")
    machine.run_frames(60)
    machine.screen            # (height, width, 3) uint8

:mod:`emucore.body.body` is what it consists of, :mod:`emucore.body.front` what people reach of it,
:mod:`emucore.body.opened` what is in its program, :mod:`emucore.body.runner` how it runs; here it
is saved, goes back in time, and is copied to other processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from emucore.base.errors import MachineError, MachineFault, whole
from emucore.board import Board
from emucore.body.engines import ENGINES, Engine
from emucore.body.media import Keeper
from emucore.body.runner import Runner
from emucore.machine import copies, present

if TYPE_CHECKING:
    from emucore.history.rewind import Rewind

__all__ = ["ENGINES", "Engine", "Machine", "MachineError", "MachineFault"]


class Machine(Runner):
    """A board with its media, powered on.

    *media* gives the contents of the board's ROMs by name.  Raises :class:`MachineError` where a
    memory is unknown or its image too large.
    """

    def __init__(self, board: Board, media: Mapping[str, bytes] | None = None) -> None:
        #: The past, if it is kept; see :meth:`keep_history`.
        self.history: Rewind | None = None
        #: How pickle has another process make such a machine.
        self.origin: copies.Origin | None = None
        super().__init__(board, media)

    def clone(self) -> Self:
        """See :meth:`Runner.clone`; the clone keeps no history."""
        other = super().clone()
        other.history = None
        return other

    __copy__ = clone

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.clone()

    def __reduce__(self) -> tuple[Any, ...]:
        return copies.reduced(self, self.origin)

    def __repr__(self) -> str:
        return f"<{present.line(self)}>"

    def _repr_html_(self) -> str:
        """For notebooks."""
        return present.html(self)

    def save_state(self, path: str | Path) -> None:
        """Write the state to *path*, at once or not at all.  Raises :class:`OSError`.

        With several CPUs, what goes on from it begins with a new turn: where it is saved amid one
        (in a hook, or after an exception), they may take turns otherwise than here.
        """
        from emucore.history import snapshot

        snapshot.save(self, Path(path))

    def load_state(self, path: str | Path) -> None:
        """Go on from the state in *path*; whatever engine or host it was saved on.

        Raises :class:`MachineError` for a file that is no state of such a machine, :class:`OSError`
        for one that cannot be read; the machine is untouched then.
        """
        from emucore.history import snapshot

        snapshot.load(self, Path(path))

    def state_bytes(self) -> bytes:
        """The state as :meth:`save_state` would write it.

        >>> import machines
        >>> machine = machines.load("invaders")
        >>> begin = machine.state_bytes()
        >>> machine.run(frames=10)
        10
        >>> machine.load_state_bytes(begin)
        >>> machine.frame
        0
        """
        from emucore.history import snapshot

        return snapshot.to_bytes(self)

    def load_state_bytes(self, data: bytes) -> None:
        """Go on from a state of :meth:`state_bytes`, or what a file of one holds.

        Raises :class:`MachineError` as :meth:`load_state` does; the machine is untouched then.
        """
        from emucore.history import snapshot

        snapshot.from_bytes(self, data)

    def keep_history(self, budget: int | None = 64 << 20) -> None:
        """Remember the state after each frame from now on, in about *budget* bytes, for
        :meth:`rewind`; None: no more.
        """
        from emucore.history.rewind import Rewind

        self.history = None if budget is None else Rewind(self, whole("budget", budget))

    def rewind(self, frames: int = 1) -> int:
        """Go back in time to the end of the frame *frames* before the last; how many frames it
        went, fewer where the history does not reach so far.

        Raises :class:`MachineError` where none is kept: see :meth:`keep_history`.

        >>> import machines
        >>> machine = machines.load("invaders")
        >>> machine.keep_history()
        >>> machine.run(frames=100)
        100
        >>> machine.rewind(30), machine.frame
        (30, 70)
        """
        if self.history is None:
            raise MachineError(f"{self.board.name} keeps no history: keep_history() first")
        done = 0
        while done < whole("frames", frames) and self.history.back():
            done += 1
        return done

    @property
    def _heeds_frames(self) -> bool:
        return self.history is not None

    def _keeper(self) -> Keeper:
        from emucore.history.written import Disks

        return Disks(self, None)

    def _frame_is_over(self) -> None:
        if self.history is not None:
            self.history.record()
