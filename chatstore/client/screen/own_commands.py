"""What the slash commands of the screen itself do, those that concern no conversation."""

from __future__ import annotations

from abc import abstractmethod

from textual.screen import Screen

from chatstore.client.screen import commands, keys
from chatstore.client.screen.line_view import LineView
from chatstore.client.screen.popups import Help
from chatstore.client.screen.services import Services


class OwnCommands(Screen[None]):
    services: Services
    lines: LineView

    @abstractmethod
    def draw_all(self) -> None:
        """Draw all that is around the lines."""

    def command_help(self, rest: str) -> None:
        """`rest`: a command that is shown alone, in the lines. /notify is the screen's and the account's."""
        name = rest.removeprefix("/").lower()
        own = commands.SCREEN_COMMANDS.get(name)
        if own is not None:
            self.services.show_here(f"{own.usage}  {own.help}")
        if rest and (own is None or name == "notify"):
            self.services.actions.execute(self.services.buffers.current_buffer.name, f"/help {rest}")
        if rest:
            return
        tables = [*keys.table(), ("Commands", commands.table())]
        self.app.push_screen(
            Help(
                tables,
                "Everything else that you type is a message. To begin one with /, type //.\n"
                "With a screen reader, the line client reads better: chatstore client --plain.",
            )
        )

    def command_theme(self, rest: str) -> None:
        wanted = rest or ("light" if self.services.palette.dark else "dark")
        if wanted not in ("light", "dark"):
            self.services.show_here(f"usage: {commands.SCREEN_COMMANDS['theme'].usage}", failed=True)
            return
        self.services.use_theme(wanted)
        self.lines.restyle(self.services.text_styles)
        self.draw_all()

    def command_notify(self, rest: str) -> None:
        """on and off are about this terminal; the rest is kept with the account."""
        if rest not in ("", "on", "off"):
            self.services.actions.execute(self.services.buffers.current_buffer.name, f"/notify {rest}")
            return
        self._switch("notify", rest, "notifications are")

    def command_typing(self, rest: str) -> None:
        self._switch("typing", rest, "showing others that you type is")

    def command_pictures(self, rest: str) -> None:
        wanted = {"on": True, "off": False, "auto": None}
        if rest and rest not in wanted:
            self.services.show_here(f"usage: {commands.SCREEN_COMMANDS['pictures'].usage}", failed=True)
            return
        if rest:
            self.services.preferences.pictures = wanted[rest]
            self.services.save_preferences()
            self.lines.files_changed(again=True)
        why = self.services.no_pictures_because()
        said = f"pictures are off: {why}" if why else "pictures are on"
        self.services.show_here(said, failed=rest == "on" and bool(why))

    def _switch(self, name: str, rest: str, what: str) -> None:
        if rest not in ("", "on", "off"):
            self.services.show_here(f"usage: {commands.SCREEN_COMMANDS[name].usage}", failed=True)
            return
        on = rest == "on" if rest else not getattr(self.services.preferences, name)
        setattr(self.services.preferences, name, on)
        self.services.save_preferences()
        self.services.show_here(f"{what} {'on' if on else 'off'}")
