"""The X-ray: one page of HTML that shows what became of hot code.

While the machine runs, its translations count (:mod:`jit.regions.counting`).  What a region looks
like inside is made again at the end from the program bytes that it was translated from, so that
nothing but numbers is kept during the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from emucore.base.errors import UserError
from emucore.disassembler import decode_one
from emucore.ir.ops import dump
from emucore.isa import Isa
from emucore.machine import Machine
from jit.llvm.native import listings
from jit.regions.counting import COUNTS
from jit.regions.memory_map import MemoryMap
from jit.regions.region import Region, Step, Tracer, discover
from jit.tiers.engine import JitEngine
from jit.tiers.translated_cpu import TranslatedCpu
from jit.tiers.translation import Outline, Translation
from jit.tiers.translation import source as source_of

#: The hottest regions, whose inside is shown.
SHOWN = 24

#: Frames after which what is hot is translated, if it was not yet.
OFTEN = 60

#: Seconds that an instruction is taken to last less in translated code than in the interpreter
#: (typically 2 to 3 ns against 0.5 to 1).
SAVED = 1.5e-9


@dataclass
class Ray:
    """The translations of the code at one address, one after the other; of the last, its bytes."""

    isa: Isa
    plain: MemoryMap
    cpu: str
    head: int
    program: dict[int, int] = field(default_factory=dict)
    outline: Outline | None = None
    made: int = 0  # times compiled
    found: int = 0  # times it was on disk
    gone: int = 0  # times it was dropped, or its program bytes had changed
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))

    def add(self, translation: Translation) -> None:
        """Take the numbers of one of its translations."""
        self.program, self.outline = translation.program, translation.outline
        self.made += translation.seconds > 0
        self.found += translation.seconds == 0
        self.seconds += translation.seconds
        for name, value in (translation.counts() or {}).items():
            self.counts[name] += value

    def region(self) -> Region:
        """The region, traced again."""

        def peek(address: int, width: int) -> int | None:
            found = [self.program.get(address + i) for i in range(width // 8)]
            return None if None in found else sum(b << 8 * i for i, b in enumerate(found) if b)

        assert self.outline is not None
        outline = self.outline
        tracer = Tracer(self.isa, peek)
        return discover(tracer, self.head, outline.limit, outline.targets, outline.devices)

    def payback(self, region: Region) -> float:
        """About how many times the seconds spent on compiling were saved: see the page's note."""
        cycles = sum(step.late for step in region.steps.values()) / max(1, len(region.steps))
        return self.counts["cycles"] / max(1.0, cycles) * SAVED / self.seconds


class Xray:
    """Watches a machine from before its run.  :class:`UserError` if it does not run on the JIT."""

    def __init__(self, machine: Machine) -> None:
        engine = machine.engine
        if not isinstance(engine, JitEngine):
            raise UserError("--xray needs the engine jit")
        self._machine = machine
        self._engine = engine
        self._past: dict[tuple[str, int], Ray] = {}
        engine.counting = True
        engine.on_forget = self._forget

    def keep_up(self, machine: Machine) -> None:
        """Translate what has become hot, once in a while of the machine's; called after each frame.

        Otherwise a run of some seconds is over before the background has translated much of it.
        """
        if machine.frame % OFTEN == 0:
            self._engine.translate_hot()

    def _forget(self, cpu: TranslatedCpu, translation: Translation) -> None:
        key = cpu.part.name, translation.head
        ray = self._past.setdefault(key, Ray(cpu.isa, cpu.program.plain, *key))
        ray.add(translation)
        ray.gone += 1

    def rays(self) -> list[Ray]:
        """What was translated, that in which most cycles passed first; to be asked for once."""
        rays = self._past
        for cpu in self._engine.cpus.values():
            for head, translation in cpu.installed.items():
                key = cpu.part.name, head
                rays.setdefault(key, Ray(cpu.isa, cpu.program.plain, *key)).add(translation)
        return sorted(rays.values(), key=lambda ray: -ray.counts["cycles"])

    def page(self) -> str:
        """The page."""
        rays = self.rays()
        regions = [ray.region() for ray in rays[:SHOWN]]
        title = f"X-ray of {self._machine.board.title}"
        known = [*regions, *[None] * len(rays)]
        rows = (_row(i, ray, known[i], self._total(ray)) for i, ray in enumerate(rays))
        inside = (_inside(i, *pair) for i, pair in enumerate(zip(rays, regions, strict=False)))
        return _PAGE.format(
            title=escape(title),
            summary=escape(self._summary(rays)),
            rows="\n".join(rows),
            refused=self._refused(),
            inside="\n".join((_INSIDE, *inside) if rays else (_NOTHING,)),
            saved=f"{SAVED * 1e9:g}",
        )

    def _total(self, ray: Ray) -> int:
        return int(self._machine.cpus[ray.cpu]["clock"])

    def _summary(self, rays: list[Ray]) -> str:
        counts = self._engine.counts
        parts = [f"{value:,} {name.replace('_', ' ')}" for name, value in counts.items()]
        inside = sum(ray.counts["cycles"] for ray in rays)
        total = sum(self._machine.cpus[name]["clock"] for name in self._engine.cpus)
        share = f"{inside / total:.1%}" if total else "none"
        seconds = self._engine.seconds
        return f"Regions: {', '.join(parts)}; {seconds:.2f} s; {share} of all cycles in them."

    def _refused(self) -> str:
        """What could not be translated, if there is any."""
        rows = [
            f"<tr><td>{escape(cpu.part.name)} {pc:04x}<td class=l>{escape(reason)}"
            for cpu in self._engine.cpus.values()
            for pc, reason in cpu.refused.items()
        ]
        return f"<h2>Not translated</h2>\n<table>{chr(10).join(rows)}</table>" if rows else ""


def _row(number: int, ray: Ray, region: Region | None, total: int) -> str:
    counts = ray.counts
    name = f"{escape(ray.cpu)} {ray.head:04x}"
    if region is not None:
        name = f'<a href="#r{number}">{name}</a>'
    payback = "" if region is None or not ray.seconds else _roughly(ray.payback(region))
    share = counts["cycles"] / max(1, total)
    cells = (
        f"{number + 1}",
        name,
        f"{share:.1%}",
        f"{counts['entries']:,}",
        f"{counts['cycles'] / counts['entries']:,.0f}" if counts["entries"] else "",
        f"{len(ray.outline.starts) if ray.outline else 0}",
        f"{len(ray.program)}",
        f"{ray.made} new, {ray.found} from disk",
        f"{ray.seconds * 1000:,.0f}" if ray.seconds else "",
        payback,
        *(f"{counts[kind]:,}" for kind in ("budget", "interpreted", "linked")),
        f"{ray.gone}",
    )
    bar = f"<td style='background: linear-gradient(to left, #cfe3f5 {share:.1%}, transparent 0)'>"
    return "<tr>" + "".join(f"{bar if i == 2 else '<td>'}{c}" for i, c in enumerate(cells))


def _roughly(number: float) -> str:
    """Two digits of it, as people write numbers."""
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}" if number >= 1e-3 else "~0"


def _inside(number: int, ray: Ray, region: Region) -> str:
    quick = ray.outline is not None and ray.outline.quick
    source = source_of(ray.isa, region, ray.plain, quick=quick, count=False)
    llvm, assembly = listings(source, 0 if quick else 2, pipeline=not quick)
    steps = [region.steps[pc] for pc in sorted(region.steps)]
    columns = {
        "guest": "\n".join(_guest(ray, step) for step in steps),
        "micro-ops": "\n".join(_micro_ops(step) for step in steps),
        "LLVM, optimised": _function(llvm),
        "host": _host(assembly),
    }
    boxes = "".join(f"<div><h3>{n}</h3><pre>{escape(t)}</pre></div>" for n, t in columns.items())
    exits = [f"{address:04x} ({why})" for address, why in _exits(region)]
    exits += ["where a computed jump or return leads"] * any(not s.successors() for s in steps)
    opened = " open" if number == 0 else ""
    # a browser that goes to what is inside opens it
    return (
        f"<details{opened}><summary>{number + 1}. {escape(ray.cpu)} {ray.head:04x}:"
        f" {len(steps)} instructions, {len(ray.program)} bytes</summary>"
        f'<p id="r{number}">Leaves for: {escape(", ".join(exits)) or "nowhere"}.</p>'
        f"<div class=columns>{boxes}</div></details>"
    )


def _guest(ray: Ray, step: Step) -> str:
    data = bytearray()
    while (byte := ray.program.get(step.pc + len(data))) is not None and len(data) < 16:
        data.append(byte)
    line = decode_one(ray.isa, bytes(data), step.pc)
    mark = "►" if step.pc == ray.head else " "
    return f"{mark}{step.pc:04x}  {line.data.hex(' '):<12} {line.text}"


def _micro_ops(step: Step) -> str:
    target = "" if step.target is None else f"\n→ {dump([step.target])}"
    if step.target is not None and step.target.name == "const":
        target = f"\n→ {step.target.imm:04x}"
    return f"{step.pc:04x}:\n{dump(step.code)}{target}\n"


def _exits(region: Region) -> Iterator[tuple[int, str]]:
    """Known addresses behind the region's edge, and why they are not in it."""
    reached = dict.fromkeys(pc for step in region.steps.values() for pc in step.successors())
    for pc in reached:
        if pc not in region.steps:
            yield pc, region.refused.get(pc, "beyond the most instructions")
    for step in region.steps.values():
        if step.ends:
            yield step.after, "only the interpreter may go on"


def _function(llvm: str) -> str:
    """The region's own function out of its module."""
    start = llvm.index("define", max(0, llvm.index("@region(") - 100))
    return llvm[start : llvm.index("\n}", start) + 2]


def _host(assembly: str) -> str:
    """The region's instructions out of its assembly, without directives."""
    start = assembly.find("region:")
    lines = assembly[max(0, start) :].splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith((".cfi", ".p2align")))


_INSIDE = f"<h2>Inside</h2>\n<p>At most the {SHOWN} hottest, as they were translated last.</p>"
_NOTHING = "<p>Nothing was hot enough to be translated.  A longer run may show more.</p>"

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 14px sans-serif; margin: 2em; color: #222; background: #fff }}
table {{ border-collapse: collapse }} th {{ vertical-align: bottom; text-align: right }}
th, td {{ padding: .15em .6em; border-bottom: 1px solid #ddd }}
td {{ text-align: right; font-variant-numeric: tabular-nums }} td.l {{ text-align: left }}
pre {{ font: 12px monospace; overflow: auto; max-height: 40em; margin: 0 }}
summary {{ cursor: pointer; font-weight: bold; padding: .4em 0 }}
.columns {{ display: grid; grid-template-columns: auto 1fr 1.5fr 1fr; gap: 1em }}
@media (max-width: 60em) {{ .columns {{ grid-template-columns: 1fr 1fr }} }}
.wide {{ overflow-x: auto }} td a {{ white-space: nowrap }} details p {{ scroll-margin-top: 4em }}
.columns div {{ min-width: 0 }} h3 {{ margin: .2em 0 }}
</style></head><body>
<h1>{title}</h1>
<p>{summary}</p>
<div class=wide><table><tr><th>#<th>region<th>of all cycles<th>entries<th>cycles an entry
<th>instructions<th>bytes<th>translated<th>ms to compile<th>payback
<th>left: budget<th>left: interpreter<th>left: elsewhere<th>gone
{rows}
</table></div>
<p>A region is guest code that was translated as one piece; it is named by the address at which it
is entered. <i>Cycles</i> and <i>entries</i> were counted by the translations themselves. It was
left because an event or interrupt might be due (<i>budget</i>), because an instruction may change
what is due (<i>interpreter</i>), or because the program went <i>elsewhere</i>. It is <i>gone</i>
each time the program's bytes changed or all code was dropped to keep within memory.</p>
<p><i>Payback</i> is an estimate: its instructions (cycles by the mean of those in it) times
{saved} ns, which one of them saves, by the seconds spent on compiling. Above 1, compiling paid.</p>
{refused}
{inside}
</body></html>
"""
