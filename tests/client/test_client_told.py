"""What rings the bell: the account's own settings say it."""

from __future__ import annotations

from dataclasses import replace

from chatstore.client.entries import Entry
from chatstore.client.told import Told
from tests.client.screenless import Screenless
from tests.running import Running

SAID = Entry("1", 1, "message", "bob", "there is cake")
NOON = 12 * 3_600_000


def wants(told: Told, entry: Entry = SAID, *, room: bool = True, now: int = NOON) -> bool:
    return told.wants("#Tea" if room else "Bob", entry, now, room=room)


def test_levels_words_and_mutes() -> None:
    told = Told()
    assert [wants(told), wants(told, replace(SAID, mention=True)), wants(told, room=False)] == [False, True, True]
    told.take("*", {"rooms": "mentions", "direct": "nothing", "keywords": "cake,tea"})
    assert [wants(told), wants(told, room=False)] == [True, False]
    told.take("#tea", {"level": "nothing", "muted-until": ""})
    assert not wants(told, replace(SAID, mention=True))
    told.take("#tea", {"level": "all", "muted-until": "1970-01-01T13:00:00.000Z"})
    assert [wants(told), wants(told, now=NOON + 3_600_001)] == [False, True]


def test_quiet_hours_by_the_clock_of_their_zone() -> None:
    told = Told()
    told.take("*", {"rooms": "all", "quiet": "22:00-07:00", "zone": "UTC"})
    assert [wants(told, now=hour * 3_600_000) for hour in (6, 7, 21, 22)] == [False, True, True, False]
    told.take("*", {"rooms": "all", "quiet": "11:00-13:00", "zone": "UTC"})
    assert [wants(told), wants(told, now=2 * NOON)] == [False, True]
    told.take("*", {"rooms": "all", "quiet": "nonsense", "zone": "Nowhere/No"})
    assert wants(told)


def test_a_server_tells_the_settings_and_nothing_is_said_of_them(server: Running) -> None:
    one = Screenless("zoe", server.port(), "#den", create=True)
    one.wait(lambda: one["#den"].joined)
    other = Screenless("zoe", server.port(), "#den")
    other.wait(lambda: other["#den"].joined)
    one.actions.execute("#den", "/notify nothing")
    for device in (one, other):
        device.wait(lambda device=device: device.buffers.told.levels.get("#den") == "nothing")
    later = Screenless("zoe", server.port(), "#den")
    later.wait(lambda: later.buffers.told.levels.get("#den") == "nothing")
    assert not [entry for buffer in later.buffers.in_order for entry in buffer.entries if "told of" in entry.text]
    for device in (one, other, later):
        device.leave()
