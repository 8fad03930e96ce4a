"""An example conversation on a running server, for pictures of the page and for tests of its looks."""

from __future__ import annotations

import base64
import io
import json
import re
from urllib.request import Request, urlopen

from PIL import Image, ImageDraw

from tests.running import PASSWORD, SECONDS, IrcClient, Running

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


def wall() -> bytes:
    """A drawing of a wall with pictures on it."""
    image = Image.new("RGB", (960, 540), "#e9e4d8")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 440, 960, 540), fill="#b08d66")
    draw.line((40, 60, 920, 60), fill="#6d7a75", width=6)
    frames = [(80, 150, 260, 380, "#335c67"), (310, 190, 450, 350, "#9e2a2b"), (500, 130, 720, 400, "#e09f3e")]
    for left, top, right, bottom, colour in [*frames, (770, 200, 880, 360, "#540b0e")]:
        draw.line(((left + right) // 2, 60, (left + right) // 2, top), fill="#8d9a95", width=2)
        draw.rectangle((left - 8, top - 8, right + 8, bottom + 8), fill="#faf7f0", outline="#4a4238", width=3)
        draw.rectangle((left, top, right, bottom), fill=colour)
        draw.ellipse((left + 20, top + 30, right - 20, bottom - 40), fill="#fff3b0")
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


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

    def send_file(self, who: str, room: str, name: str, content: bytes, shows: str = "") -> None:
        """Upload a file and send it, as the page does."""
        login = base64.b64encode(f"{who}:{PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Content-Disposition": f'attachment; filename="{name}"'}
        url = f"http://127.0.0.1:{self._server.port('web')}/files"
        with urlopen(Request(url, content, headers), timeout=SECONDS) as answer:
            file = json.loads(answer.read())
        space = f"#w={file['width']}&h={file['height']}" if "width" in file else ""
        self.say(who, room, f"{shows} {file['url']}{space}".strip())

    def say_by_webhook(self, maker: str, room: str, name: str, text: str) -> None:
        """Let another program say something in a room that the maker operates."""
        answer = self._clients[maker].ask(f"HOOK ADD {room} in * :{name}")
        found = next(match for line in answer if (match := re.search(r"url=(\S+)", line)))
        path = "/hooks/" + found[1].rpartition("/hooks/")[2]
        body = json.dumps({"text": text}).encode()
        url = f"http://127.0.0.1:{self._server.port('web')}{path}"
        urlopen(Request(url, body, {"Content-Type": "application/json"}), timeout=SECONDS).close()

    def talk(self, *, files: bool = False) -> None:
        """Send messages of all kinds: replies, reactions, several lines, code, a link, a mention, a removed one;
        with `files` a picture, another file, and what a webhook says."""
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
        if files:
            self.send_file(
                "jonas", here, "west-wall.png", wall(), "The west wall with the rail, seen from the door"
            )
            self.send_file("priya", here, "captions.pdf", b"%PDF-1.7\n" + bytes(48_000))
            self.say_by_webhook("mira", here, "Calendar", "Tomorrow, 17:00: opening hours of the paint shop")
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
