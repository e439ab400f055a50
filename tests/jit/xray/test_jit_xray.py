"""The X-ray: one page, whole in itself, true to the run."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from test_jit import SELF_CHANGING, eager, looping, run_translating
from test_jit_bounds import COUNTING
from test_jit_bounds import quick as quick
from test_lockstep import differences

from emucore.base.errors import UserError
from emucore.cpus.i8080 import i8080
from jit.llvm.native import threaded
from jit.regions.region import Tracer, discover
from jit.xray.page import Xray
from machines.host.cli import main

pytestmark = pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers")
__all__ = ["eager"]  # every jump's target is hot at once


class Page(HTMLParser):
    """Tags by name, texts of the listings, rows of the tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: dict[str, int] = {}
        self.loads: list[str] = []
        self.listings: list[str] = []
        self.rows: list[list[str]] = []
        self._in: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.loads += [v for n, v in attributes if n in ("src", "href") and v and v[0] != "#"]
        if tag == "pre":
            self.listings.append("")
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        self._in.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._in and self._in.pop() != tag:
            pass

    def handle_data(self, text: str) -> None:
        if "pre" in self._in:
            self.listings[-1] += text
        elif self.rows and self._in and self._in[-1] in ("td", "a"):
            self.rows[-1][-1] += text.strip()


def rayed(program: bytes, end: int = 30_000) -> tuple[Xray, Page]:
    """The X-ray of a run of *program*."""
    machine = looping("jit")
    machine.load("ram", program)
    xray = Xray(machine)
    run_translating(machine, end)
    return xray, Page(xray.page())


def test_a_region_on_four_levels(quick: None) -> None:
    _, page = rayed(COUNTING)
    assert page.tags["details"] == page.tags["summary"] >= 1
    assert len(page.listings) == 4 * page.tags["details"]
    guest, ops, llvm, host = page.listings[:4]
    assert "inx h" in guest
    assert "0003  23" in guest
    assert "set hl" in ops
    assert llvm.startswith("define")
    assert "%cpu" in llvm
    assert host.startswith("region:")


def test_rows_are_ranked_and_add_up(quick: None) -> None:
    _, page = rayed(COUNTING)
    rows = [row for row in page.rows if len(row) == 14 and row[0].isdigit()]
    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    shares = [float(row[2].rstrip("%")) for row in rows]
    assert shares == sorted(shares, reverse=True)
    assert 50 < sum(shares) <= 100
    for row in rows:
        entries, *left = (int(row[at].replace(",", "")) for at in (3, 10, 11, 12))
        assert entries == sum(left)
    assert rows[0][1].startswith("cpu 0003")
    assert rows[0][7] == "1 new, 0 from disk"


def test_a_conditional_return_takes_its_cycles() -> None:
    """5, and 6 more if it is taken: not 2**64, which are taken back by others."""
    program = {0: 0xC8, 1: 0x76}  # RZ; HLT
    region = discover(Tracer(i8080, lambda at, width: program.get(at)), 0, 10)
    assert region.steps[0].late == 11


def test_invalidations_are_shown_and_nothing_is_lost(quick: None) -> None:
    xray, page = rayed(SELF_CHANGING, 100_000)
    rows = [row for row in page.rows if len(row) == 14 and row[0].isdigit()]
    assert sum(int(row[13]) for row in rows) == xray._engine.counts["invalidated"] > 0
    made = sum(int(row[7].split()[0]) for row in rows)
    assert made == xray._engine.counts["translated"]


def test_the_page_needs_nothing_else_and_is_escaped(quick: None) -> None:
    machine = looping("jit")
    machine.load("ram", COUNTING)
    machine.board.title = "<script>alert(1)</script> & co"
    xray = Xray(machine)
    run_translating(machine, 20_000)
    xray._engine.cpus["cpu"].refuse(0x66, "<b>because</b>")
    text = xray.page()
    page = Page(text)
    assert page.loads == []
    assert not {"script", "link", "img", "b", "iframe"} & set(page.tags)
    assert "@import" not in text
    assert "url(" not in text
    assert ["cpu 0066", "<b>because</b>"] in page.rows


def test_being_watched_changes_nothing(quick: None) -> None:
    machines = [looping(name) for name in ("interp", "jit")]
    Xray(machines[1])
    for machine in machines:
        run_translating(machine, 100_000)
    assert differences(*machines) == []


def test_only_the_jit_can_be_rayed() -> None:
    with pytest.raises(UserError, match="engine jit"):
        Xray(looping("interp"))


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    run = ["run", "invaders", "--frames", "2", "--xray", str(page)]
    assert main([*run, "--engine", "jit"]) == 0
    assert page.read_text().startswith("<!doctype html>")
    assert "Nothing was hot enough" in page.read_text()
    run[3] = "61"  # a second, in which there is something to see
    assert main([*run, "--engine", "jit"]) == 0
    assert Page(page.read_text()).tags["details"] >= 1
    assert main([*run, "--engine", "interp"]) == 2
    assert "--xray needs the engine jit" in capsys.readouterr().err
