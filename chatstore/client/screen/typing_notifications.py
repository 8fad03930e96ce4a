"""Typing notifications: tells others that one types, pauses, or is done."""

from __future__ import annotations

from collections.abc import Callable

from textual.timer import Timer

from chatstore.client.screen.services import Services

_PAUSE = 5.0
"""Seconds without a key after which the others see a pause in our typing."""


class TypingNotifications:
    def __init__(self, services: Services, set_timer: Callable[[float, Callable[[], None]], Timer]) -> None:
        self._services = services
        self._set_timer = set_timer
        self._pause: Timer | None = None

    def types(self, name: str, text: str) -> None:
        """Something was typed there. A command is nobody's business, and some people don't want to be seen."""
        if not self._services.preferences.typing or not name:
            return
        if not text or text.startswith("/"):
            self.stop(name)
            return
        self._services.actions.typing(name, "active")
        if self._pause is not None:
            self._pause.stop()
        self._pause = self._set_timer(_PAUSE, lambda: self._services.actions.typing(name, "paused"))

    def stop(self, name: str) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None
            self._services.actions.typing(name, "done")
