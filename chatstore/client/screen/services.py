"""What the screen needs of the application around it."""

from __future__ import annotations

from datetime import tzinfo
from typing import Protocol

from chatstore.client.actions import Actions
from chatstore.client.buffers import Buffers
from chatstore.client.screen.colors import Palette, Styles
from chatstore.client.screen.pictures.gallery import Gallery
from chatstore.client.screen.preferences import Preferences
from chatstore.client.threads import Reading


class Services(Protocol):
    """Given to the screen by ChatApp. `zone`: None for the local time zone. `looking`: whether the person
    looks at the terminal. `begun`: when the client began, in ms since 1970 UTC."""

    buffers: Buffers
    actions: Actions
    preferences: Preferences
    zone: tzinfo | None
    text_styles: Styles
    palette: Palette
    looking: bool
    begun: int
    gallery: Gallery

    @property
    def reading(self) -> Reading:
        """What the person has read in threads."""

    def keep_reading(self, reading: Reading) -> None:
        """Keep it for the next time."""

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""

    def notify_person(self, title: str, text: str) -> None:
        """Call the person, who doesn't look at the terminal, back to it."""

    def show_here(self, text: str, *, failed: bool = False) -> None:
        """Show a text of the client itself in the buffer that the person sees."""

    def no_pictures_because(self) -> str:
        """Why pictures are not drawn, for people; "" if they are."""

    def use_theme(self, name: str) -> None:
        """Switch to "light" or "dark", and keep the choice."""

    def save_preferences(self) -> None:
        """Keep the preferences for the next time."""
