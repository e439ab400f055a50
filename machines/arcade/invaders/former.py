"""What states of version 0.1.0 have of this board, and what became of it: see `docs/states.md`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emucore.base.former import Former, Values

#: What was taken for part of the ROMs, and their hash has in it for good: it is not changed when
#: the parts are.
HASHED = {
    "sound.sn_slf_step": 0.00045333333333333337,
    "sound.sn_vco_step": 0.07772357723577236,
    "sound.sn_noise_step": 0.0,
    "sound.sn_noise_share": 1.0,
    "sound.sn_shot_step": 1.0,
    "sound.sn_attack_step": 1.0,
    "sound.sn_decay_step": 1.0,
    "watchdog.period": 335_360,
    "watchdog.first": 286_720,
    "watchdog.limit": 255,
}


def _flip(value: Values) -> Mapping[str, Any]:
    """One end of a line has become two."""
    return {"panel.flip": value, "raster.flip": value}


#: RAM, raster, interrupts and switches were one device.
FORMER: Former = {
    "main.ram": "ram",
    "main.irq": "raster.interrupts.irq",
    "main.due": "raster.due",
    "main.flip": _flip,
    "main.pixels": "raster.pixels",
    "main.shown": "raster.shown",
    "main.clean": None,
    "main.drawn": "raster.reached",
    "main.panel": "panel.buttons",
    "main.player1": "panel.player1",
    "main.player2": "panel.player2",
    "main.options": "panel.options",
    "main.cocktail": "panel.cocktail",
}

#: The chip and the circuits of the sound board were fields of one device.
SOUND: Former = {
    "samples": None,
    "count": None,
    "sn_off": "chip.off",
    "sn_mixer": "chip.mixer",
    "sn_envelope": "chip.envelope",
    "sn_vco_by_slf": "chip.vco_by_slf",
    "sn_control": "chip.control",
    "sn_slf": "chip.slf",
    "sn_slf_up": "chip.slf_up",
    "sn_vco": "chip.vco",
    "sn_vco_up": "chip.vco_up",
    "sn_alternate": "chip.alternate",
    "sn_noise": "chip.noise",
    "sn_noise_phase": "chip.noise_phase",
    "sn_noise_level": "chip.noise_level",
    "sn_shot": "chip.shot",
    "sn_level": "chip.level",
    "fleet_phase": "fleet.phase",
    "fleet_near": "fleet.near",
    "fleet_far": "fleet.far",
    "bonus_phase": "bonus.phase",
    "bonus_gate": "bonus.gate",
    "saucer_level": "saucer_hit.level",
    "saucer_ramp": "saucer_hit.ramp",
    "saucer_up": "saucer_hit.up",
    "saucer_phase": "saucer_hit.phase",
    "hit_level": "invader_hit.level",
    "hit_ramp": "invader_hit.ramp",
    "hit_phase": "invader_hit.phase",
    "shot_left": "shot.left",
    "shot_level": "shot.level",
    "shot_gate": "shot.gate",
    "shot_phase": "shot.phase",
    "shot_noise": "shot.noise.bits",
    "shot_clock": "shot.noise.clock",
    "blast_left": "explosion.left",
    "blast_level": "explosion.level",
    "blast_near": "explosion.near",
    "blast_far": "explosion.far",
    "blast_noise": "explosion.noise.bits",
    "blast_clock": "explosion.noise.clock",
}
