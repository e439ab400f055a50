"""From the keys of the host to a machine's buttons and to commands of the window."""

from __future__ import annotations

from collections.abc import Iterator

import pygame

from emucore.machine import Machine

#: What keys mean to the window, as in MAME.
PAUSE, RESET, QUIT, SCREENSHOT = "pause", "reset", "quit", "screenshot"
COMMANDS = {
    pygame.K_p: PAUSE,
    pygame.K_F3: RESET,
    pygame.K_ESCAPE: QUIT,
    pygame.K_F12: SCREENSHOT,
}


class Keyboard:
    """Presses *machine*'s buttons as their keys go down and up."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.buttons: dict[int, list[str]] = {}
        for button in machine.board.inputs.values():
            if button.key:
                code = pygame.key.key_code(button.key)
                self.buttons.setdefault(code, []).append(button.name)
        self._held: set[int] = set()

    def commands(self) -> Iterator[str]:
        """Take in what has happened since the last call; yields commands for the window."""
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                yield QUIT
            elif event.type == pygame.WINDOWFOCUSLOST:
                self.release()  # the key's release would go to another window
            elif event.type == pygame.KEYDOWN:
                if event.key in self.buttons:
                    self._set(event.key, True)
                elif event.key in COMMANDS:
                    yield COMMANDS[event.key]
            elif event.type == pygame.KEYUP and event.key in self._held:
                self._set(event.key, False)

    def _set(self, key: int, down: bool) -> None:
        (self._held.add if down else self._held.discard)(key)
        for name in self.buttons[key]:
            self.machine.press(name, down)

    def release(self) -> None:
        """Let go of everything."""
        for key in list(self._held):
            self._set(key, False)

    def hold(self) -> None:
        """Press again what is held, for a machine that was switched off and on."""
        for key in self._held:
            self._set(key, True)
