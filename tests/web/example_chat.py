"""An example conversation on a running server, for pictures of the page and for tests of its looks."""

from __future__ import annotations

from tests.running import IrcClient, Running

CAPS = "message-tags echo-message draft/multiline batch labeled-response draft/message-redaction server-time"
ROOMS = {
    "#workshop": "Planning the spring exhibition · opening on 14 March · https://example.org/exhibition",
    "#garden": "Seeds, beds and weather",
    "#kitchen": "Who cooks, who washes up",
    "#library": "New arrivals, returned and lost",
}
PEOPLE = ("mira", "jonas", "priya", "tomek", "ana_lucia", "wen")

OPEN = """\
Friday it is. What is still open:
 – captions, both languages
 – the ladder (Jonas)
 – somebody for the door from 17:00"""
CAPTIONS = "I take the door. Captions are at https://example.org/captions, please correct them there."
LABELS = """\
I made the labels fit the frames with
```
labels --width 62 --height 18 captions.txt
```"""


class Cast:
    """Everybody except the person at the page, who must join the rooms before they speak."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self._clients: dict[str, IrcClient] = {}
        for name in PEOPLE:
            client = self._clients[name] = server.register(name, CAPS)
            for room in ROOMS:
                client.send(f"JOIN {room}")
            client.sync()
        for room, topic in ROOMS.items():
            self._clients["mira"].ask(f"TOPIC {room} :{topic}")
        self._clients["mira"].ask("MODE #workshop +v jonas")
        self._clients["wen"].ask("AWAY :back on Monday")

    def say(self, who: str, room: str, text: str, reply_to: str = "") -> str:
        """Send a message. Returns its msgid."""
        client = self._clients[who]
        tags = f"@+draft/reply={reply_to} " if reply_to else ""
        if "\n" in text:
            lines = [f"@batch=b PRIVMSG {room} :{line}" for line in text.split("\n")]
            heard = client.ask(f"{tags}BATCH +b draft/multiline {room}", *lines, "BATCH -b")
        else:
            heard = client.ask(f"{tags}PRIVMSG {room} :{text}")
        own = [line for line in heard if f" :{who}!" in line]
        return next(tag.removeprefix("msgid=") for line in own for tag in _tags(line) if tag.startswith("msgid="))

    def react(self, who: str, room: str, msgid: str, emoji: str) -> None:
        self._clients[who].ask(f"@+draft/react={emoji};+draft/reply={msgid} TAGMSG {room}")

    def redact(self, who: str, room: str, msgid: str) -> None:
        self._clients[who].ask(f"REDACT {room} {msgid}")

    def type(self, who: str, room: str) -> None:
        self._clients[who].ask(f"@+typing=active TAGMSG {room}")

    def talk(self) -> None:
        """Send messages of all kinds: replies, reactions, several lines, code, a link, a mention, a removed one."""
        here = "#workshop"
        self.say("tomek", here, "Morning all. The lamps for the west wall arrived, eleven of twelve.")
        lamps = self.say("tomek", here, "One came broken. The shop knows, and sends another by Thursday.")
        self.react("mira", here, lamps, "👍")
        self.react("priya", here, lamps, "👍")
        self.react("jonas", here, lamps, "🙏")
        self.say("priya", here, "Then we can hang on Friday?")
        plan = self.say(
            "mira",
            here,
            OPEN,
        )
        self.say("jonas", here, "The ladder is in my shed, I bring it tomorrow.", plan)
        wrong = self.say("ana_lucia", here, "wrong room, sorry!")
        self.redact("ana_lucia", here, wrong)
        self.say(
            "ana_lucia",
            here,
            CAPTIONS,
            plan,
        )
        done = self.say(
            "priya",
            here,
            LABELS,
        )
        self.react("ana_lucia", here, done, "🎉")
        self.react("tomek", here, done, "🎉")
        self.react("mira", here, done, "❤️")
        self.say("jonas", here, "\x01ACTION measures the west wall again\x01")
        self.say("jonas", here, "4.20 m from the corner to the socket, so the rail has to start at 35 cm.")
        self.say("mira", here, "sofia: could you look over the French captions? You know the old tools.")
        self.say("mira", here, "No hurry, tomorrow is early enough.")
        for number in range(4):
            self.say("wen", "#garden", f"Bed {number + 1} is watered.")
        self.say("tomek", "#kitchen", "sofia, soup or lasagne on Friday?")
        self.say("priya", "sofia", "Are you coming by on Thursday? I have your drill.")
        self.say("ana_lucia", "sofia", "Thank you for the photographs, they are lovely.")

    def trouble(self) -> None:
        """Let a newcomer advertise, and be reported."""
        self._clients["eve"] = self._server.register("eve", CAPS)
        self._clients["eve"].ask("JOIN #workshop")
        advert = self.say("eve", "#workshop", "Cheap watches, today only! https://watches.example/")
        self._clients["jonas"].ask(f"REPORT #workshop {advert} :advertising, third time today")


def _tags(line: str) -> list[str]:
    return line[1:].partition(" ")[0].split(";") if line.startswith("@") else []
