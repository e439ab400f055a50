"""What goes wrong by a user's asking, as against by a mistake of the program's."""

from __future__ import annotations


class UserError(Exception):
    """Bad input: media, an option, a file.  Its text is one line that a user understands.

    The command line prints it and exits with 2; anything else that is raised is a bug.
    """


class MachineError(UserError):
    """Something a user asked of a machine that it cannot do; one line."""


class MachineFault(MachineError):
    """A device went beyond an array of its own: a mistake in it, or a state that it cannot have.

    The function ended there, and the run with the instruction: the state is the same on every
    engine, and the machine can be run on.
    """
