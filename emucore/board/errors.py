"""What goes wrong in a description: a mistake of whoever wrote it, not of a user."""


class BoardError(Exception):
    """A board description that contradicts itself."""
