"""Runs: the instructions of a region that follow each other without a jump in between."""

from __future__ import annotations

from jit.regions.region import Region, Step


def runs_of(region: Region) -> dict[int, list[Step]]:
    """The runs of *region*, by where they begin."""
    leaders = _leaders(region)
    return {leader: _run_from(region, leader, leaders) for leader in leaders}


def _leaders(region: Region) -> dict[int, None]:
    """Where runs begin: the head, targets of jumps, and what follows a branch or call."""
    steps = region.steps
    leaders = dict.fromkeys([region.head, *sorted(region.computed)])
    for step in steps.values():
        assert step.target is not None
        if step.target.name != "const" or step.target.imm != step.after:
            leaders.update(dict.fromkeys(pc for pc in step.successors() if pc in steps))
    reached = [pc for step in steps.values() for pc in step.successors()]
    leaders.update(dict.fromkeys(pc for pc in steps if reached.count(pc) > 1))
    return leaders


def _run_from(region: Region, leader: int, leaders: dict[int, None]) -> list[Step]:
    """The instructions from *leader* to the next jump or leader."""
    run: list[Step] = []
    pc: int | None = leader
    while pc is not None:
        step = region.steps[pc]
        run.append(step)
        following = step.successors()
        one = following[0] if len(following) == 1 and not step.ends else None
        pc = one if one in region.steps and one not in leaders else None
        if step.target is None or step.target.name != "const":
            pc = None
    return run
