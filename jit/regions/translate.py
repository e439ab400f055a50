"""A region as an LLVM module."""

from __future__ import annotations

from emucore.isa import Isa
from jit.llvm.prelude import CC, prelude
from jit.llvm.shape import shape
from jit.regions.memory_map import MemoryMap
from jit.regions.region import Region
from jit.regions.translator import SEEN, Translator


def translate(
    isa: Isa,
    region: Region,
    plain: MemoryMap,
    name: str,
    kind: type[Translator] | None = None,
    *,
    quick: bool = False,
) -> str:
    """IR text of a module that defines the region as *name*, by a :class:`Translator`.

    Its word ``left`` counts how often the region was left for other code, and :data:`COLD_EXIT`
    times where that is not translated or where an access was not to memory; the words ``seen`` have
    where computed jumps went then, and ``devices`` which instructions such accesses were of.  One
    that is *quick* counts in ``looks`` how often it looks at the clock.
    """
    marked = shape(isa, marked=True)
    translator = (kind or Translator)(marked, region, plain, quick=quick)
    lines = translator.text()
    parameters = ", ".join(f"{kind} {n}" for kind, n in marked.arguments)
    region_text = f"define {CC} void @{name}({parameters}) {{\nentry:\n{lines}\n}}\n"
    words = "@left = global i64 0\n@looks = global i64 0\n"
    words += "".join(f"@{n} = global [{SEEN} x i64] zeroinitializer\n" for n in ("seen", "devices"))
    return "\n".join([prelude(), words, *translator.helpers.values(), region_text])
