"""What goes wrong by a user's asking, as against by a mistake of the program's."""

from __future__ import annotations


class UserError(Exception):
    """Bad input: media, an option, a file.  Its text is one line that a user understands.

    The command line prints it and exits with 2; anything else that is raised is a bug.
    """
