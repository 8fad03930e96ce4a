"""Live events of two servers of one database: taken up at either of them, nothing is missed or comes twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from tests.api.asking import ApiClient, EventsClient, basic
from tests.nodes.test_two_servers import durable, servers  # noqa: F401  (fixtures)
from tests.running import Running

_EACH = 40
WEB: dict[str, dict[str, object]] = {"listen": {"web": "127.0.0.1:0"}}


def test_what_both_say_at_once_is_told_once_wherever_it_is_read(servers: Callable[..., Running]) -> None:  # noqa: F811
    nodes = [servers(**WEB), servers(**WEB)]
    nodes[0].register("alice").close()
    owner = ApiClient(nodes[0], basic("alice"))
    token = owner.post("/account/tokens", label="both")["token"]
    alice = [ApiClient(node, f"Bearer {token}") for node in nodes]
    rooms = ["main", "tea", "milk", "jam"]
    for room in rooms:
        alice[0].post(f"/rooms/{room}/join")
    stream = EventsClient(alice[0])
    begin = alice[0].say("main", "begin")
    got = stream.until("begin")[-1:]
    assert got[0].data == begin

    def say(number: int) -> None:
        for each in range(_EACH):
            alice[number % 2].say(rooms[(number + each) % len(rooms)], f"{number} {each}")

    threads = [threading.Thread(target=say, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    turn = 0
    while any(thread.is_alive() for thread in threads) or len(got) < 6 * _EACH + 1:
        for _ in range(7):
            if len(got) == 6 * _EACH + 1:
                break
            got.append(stream.next())
        stream.close()
        turn += 1
        stream = EventsClient(alice[turn % 2], last=got[-1].id)
    stream.close()
    for thread in threads:
        thread.join()
    texts = Counter(each.data["text"] for each in got)
    assert texts == Counter(["begin", *(f"{number} {each}" for number in range(6) for each in range(_EACH))])
    for room in rooms:
        seqs = [each.data["seq"] for each in got if each.data["room"] == f"#{room}"]
        assert seqs == sorted(seqs)
