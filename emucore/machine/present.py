"""How a machine presents itself: in a line, and as a page in a notebook."""

from __future__ import annotations

from html import escape

from emucore.body.runner import Runner


def line(machine: Runner) -> str:
    """Name, CPUs and how fast they are, engine, and where in time it is."""
    board = machine.board
    cpus = ", ".join(
        f"{part.isa.name} at {board.clock_hz / part.divider / 1e6:g} MHz" for part in board.cpus
    )
    seconds = machine.time / board.clock_hz
    return f"{board.name}: {cpus}; {machine.engine_name}; frame {machine.frame}, {seconds:.6f} s"


def html(machine: Runner) -> str:
    """The line, the picture and the registers."""
    parts = [f"<p><b>{escape(machine.board.title)}</b><br>{escape(line(machine))}</p>"]
    if machine.board.picture is not None:
        parts.append(machine.screen._repr_html_() or "")
    elif machine.console is not None:
        parts.append(f"<pre>{escape(machine.console.text[-4000:])}</pre>")
    for name, registers in machine.cpus.items():
        parts.append(f"<p>{escape(name)}</p>{registers._repr_html_()}")
    return "\n".join(parts)
