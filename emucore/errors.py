"""What goes wrong by a user's asking, as against by a mistake of the program's."""

from __future__ import annotations


def plain(text: object) -> str:
    """*text* as one line that any terminal can be given: what is no plain character is escaped.

    Names and texts come from files and arguments, and a terminal obeys control characters.
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(text))


class UserError(Exception):
    """Bad input: media, an option, a file.  Its text is one line that a user understands.

    The command line prints it and exits with 2; anything else that is raised is a bug.
    """


class Mistakes(UserError):
    """What is wrong in a source: several lines, ``FILE:LINE:COLUMN`` first, as editors want it."""


class MachineError(UserError):
    """Something a user asked of a machine that it cannot do; one line."""


class MachineFault(MachineError):
    """A device went beyond an array of its own: a mistake in it, or a state that it cannot have.

    The function ended there, and the run with the instruction: the state is the same on every
    engine, and the machine can be run on.
    """
