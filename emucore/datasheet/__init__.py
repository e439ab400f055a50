"""A CPU's datasheet made from its description: registers, instructions, timing, opcode maps."""

from emucore.datasheet.collect import Datasheet, Grid, Register, Row, datasheet
from emucore.datasheet.render import markdown, terminal
from emucore.datasheet.timing import durations, prefix_paths

__all__ = [
    "Datasheet",
    "Grid",
    "Register",
    "Row",
    "datasheet",
    "durations",
    "markdown",
    "prefix_paths",
    "terminal",
]
