"""What goes wrong by a user's asking, as against by a mistake of the program's."""

from __future__ import annotations

import operator


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


class ArgumentError(MachineError):
    """An argument that will not do; ``argument`` is its name.

    Each kind is also the error that Python has for such a mistake, and may be caught as that.
    """

    def __init__(self, argument: str, text: str) -> None:
        super().__init__(argument, text)
        self.argument = argument
        self.text = text

    def __str__(self) -> str:
        return self.text


class UnknownName(ArgumentError, KeyError):
    """A name of nothing that the machine has; the text lists what it has."""


class UnknownAttribute(UnknownName, AttributeError):
    """As :class:`UnknownName`, asked for as an attribute."""


class OutOfRange(ArgumentError, IndexError):
    """An address or offset that there is not."""


class BadValue(ArgumentError, ValueError):
    """A value of the right type that makes no sense."""


class BadType(ArgumentError, TypeError):
    """A value of a type that cannot be meant."""


def whole(argument: str, value: object, least: int = 0, most: int | None = None) -> int:
    """*value* as an int from *least* to *most*.

    Raises :class:`BadType` for what is no whole number, :class:`BadValue` for one beyond.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise BadType(argument, f"{argument}: {value!r:.40} is not a whole number")
    number = operator.index(value)
    if number < least or (most is not None and number > most):
        bounds = f"from {least:,}" if most is None else f"from {least:,} to {most:,}"
        raise BadValue(argument, f"{argument}: {number} is not a number {bounds}")
    return number
