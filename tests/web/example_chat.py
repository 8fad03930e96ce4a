"""An example conversation on a running server, for pictures of the page and for tests of its looks."""

from __future__ import annotations

import base64
import io
import json
import math
import re
import struct
import wave
from typing import Any
from urllib.request import Request, urlopen

from PIL import Image, ImageDraw

from chatstore.chat.changes.previews import KeepPreview, TellPreview
from chatstore.chat.model.message_ids import message_place
from chatstore.chat.model.previews import Picture, Preview
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


def photograph() -> bytes:
    """A drawing of a hall in the evening, as a camera would see it."""
    width, height = 1200, 800
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    for y in range(height):
        light = 1 - abs(y - 300) / 700
        draw.line((0, y, width, y), fill=(int(58 * light) + 20, int(50 * light) + 22, int(66 * light) + 34))
    draw.polygon([(0, 800), (380, 520), (820, 520), (1200, 800)], fill="#6b4f3a")
    for number in range(9):
        x = 380 + number * 55
        draw.line((x, 520, (x - 600) * 3 + 600, 800), fill="#5a4230", width=3)
    draw.rectangle((380, 170, 820, 520), fill="#8c8791")
    hung = [(430, 240, 520, 380, "#335c67"), (560, 230, 660, 400, "#e09f3e"), (700, 250, 780, 370, "#9e2a2b")]
    for left, top, right, bottom, colour in hung:
        draw.ellipse((left - 30, 168, right + 30, bottom + 40), fill="#a39da6")
        draw.rectangle((left - 6, top - 6, right + 6, bottom + 6), fill="#f4f0e6")
        draw.rectangle((left, top, right, bottom), fill=colour)
        draw.polygon([(left + 12, 150), (right - 12, 150), (right - 22, 172), (left + 22, 172)], fill="#fff3b0")
    for x, size, colour in ((260, 1.25, "#1d1a20"), (330, 1.1, "#2b2530"), (900, 1.35, "#221d27")):
        draw.ellipse((x - 26 * size, 430, x + 26 * size, 430 + 56 * size), fill=colour)
        draw.rounded_rectangle((x - 44 * size, 480, x + 44 * size, 480 + 210 * size), 30, fill=colour)
    made = io.BytesIO()
    image.save(made, "JPEG", quality=88)
    return made.getvalue()


FACES = {
    "mira": ("#d8e6df", "#2f6f5e", "#e8b894", "#3b2a20"),
    "jonas": ("#f0dcc2", "#3a506b", "#f1c9a5", "#b5793d"),
    "priya": ("#f4d9d3", "#b23a48", "#a8714c", "#1f1a17"),
    "ana_lucia": ("#dfe0f2", "#6a4c93", "#c98d63", "#5a2a1c"),
}
"""By name: the colours of the ground, the clothes, the skin and the hair."""


def face(who: str) -> bytes:
    """A drawing of a person."""
    ground, clothes, skin, hair = FACES[who]
    image = Image.new("RGB", (480, 480), ground)
    draw = ImageDraw.Draw(image)
    long = who in ("mira", "priya", "ana_lucia")
    if long:
        draw.rounded_rectangle((130, 120, 350, 400), 90, fill=hair)
    draw.rounded_rectangle((70, 350, 410, 620), 110, fill=clothes)
    draw.rectangle((205, 290, 275, 375), fill=skin)
    draw.ellipse((155, 115, 325, 325), fill=skin)
    draw.pieslice((145, 85, 335, 270), 180, 360, fill=hair)
    if not long:
        draw.pieslice((165, 235, 315, 345), 10, 170, fill=hair)
    for x in (208, 272):
        draw.ellipse((x - 9, 208, x + 9, 226), fill="#2b2320")
    draw.arc((210, 240, 270, 285), 20, 160, fill="#8a3b36", width=6)
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


def bell() -> bytes:
    """Three seconds of a bell."""
    rate = 8000
    tone = lambda at: sum(math.sin(2 * math.pi * pitch * at) for pitch in (440, 554, 880)) / 3  # noqa: E731
    heard = (int(20_000 * math.exp(-2 * n / rate) * tone(n / rate)) for n in range(3 * rate))
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in heard))
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

    def _upload(self, who: str, name: str, content: bytes) -> dict[str, Any]:
        login = base64.b64encode(f"{who}:{PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Content-Disposition": f'attachment; filename="{name}"'}
        url = f"http://127.0.0.1:{self._server.port('web')}/files"
        with urlopen(Request(url, content, headers), timeout=SECONDS) as answer:
            found: dict[str, Any] = json.loads(answer.read())
        return found

    def faces(self) -> None:
        """Give some of them pictures and names."""
        for who in FACES:
            file = self._upload(who, f"{who}.png", face(who))
            self._clients[who].ask(f"METADATA * SET avatar :{file['url']}")
        self._clients["ana_lucia"].ask("METADATA * SET display-name :Ana Lucía")

    def send_file(self, who: str, room: str, name: str, content: bytes, shows: str = "") -> None:
        """Upload a file and send it, as the page does."""
        file = self._upload(who, name, content)
        space = f"#w={file['width']}&h={file['height']}" if "width" in file else ""
        self.say(who, room, f"{shows} {file['url']}{space}".strip())

    def preview(self, msgid: str, preview: Preview, picture: bytes) -> None:
        """Show what a message's link leads to, as if its page had been asked. `picture`: a small PNG."""
        store = self._server.server.store
        place = message_place(msgid)
        assert place is not None
        room_id, seq = place
        shown = Picture("image/png", picture, preview.width, preview.height)
        keep = KeepPreview(preview, shown, "", 3_600_000, 100, [(room_id, seq)])
        store.submit([keep, TellPreview(room_id, seq, preview)]).result()

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

    def show(self, film: bytes = b"") -> str:
        """What the pictures of files show: a thread, photographs, a sound, a film and a card. Returns the msgid
        of the thread's root."""
        here, root = "#garden", ""
        root = self.say(
            "tomek", here, "Where do the tomatoes go this year? The bed by the wall had them last year."
        )
        self.say("priya", here, "By the glasshouse, it is the warmest place we have.", root)
        second = self.say("wen", here, "The glasshouse door needs the room. What about the south bed?", root)
        self.react("tomek", here, second, "👍")
        self.say("ana_lucia", here, "South bed, and beans beside them. I bring the stakes on Saturday.", second)
        here = "#library"
        self.send_file("mira", here, "hall.jpg", photograph(), "The hall on Sunday evening")
        self.send_file("jonas", here, "west-wall.png", wall(), "The west wall with the rail")
        self.send_file("wen", here, "bell.wav", bell(), "The bell for the end of the opening hours")
        if film:
            self.send_file("priya", here, "way-in.webm", film, "The way from the street")
        self.send_file(
            "priya", here, "catalogue.pdf", b"%PDF-1.7\n" + bytes(640_000), "The catalogue, as it goes to print"
        )
        link = "https://example.org/exhibition"
        said = self.say("ana_lucia", here, f"The museum has announced us: {link}")
        small = Image.open(io.BytesIO(photograph())).resize((192, 192))
        made = io.BytesIO()
        small.save(made, "PNG")
        words = "Forty works by members of the workshop, from 14 March to 30 April. Admission is free."
        card = Preview(link, "Spring exhibition: the west wall", words, "Museum of the North", "a" * 22, 192, 192)
        self.preview(said, card, made.getvalue())
        return root

    def trouble(self) -> None:
        """Let a newcomer advertise, and be reported."""
        self._clients["eve"] = self._server.register("eve", CAPS)
        self._clients["eve"].ask("JOIN #workshop")
        advert = self.say("eve", "#workshop", "Cheap watches, today only! https://watches.example/")
        self._clients["jonas"].ask(f"REPORT #workshop {advert} :advertising, third time today")


def _tags(line: str) -> list[str]:
    return line[1:].partition(" ")[0].split(";") if line.startswith("@") else []
