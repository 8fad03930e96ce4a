"""Messages on their way to the writer: queued together, and what is said to their sender when they are stored.

Answers come in the order of the lines. So what a line has to say at once (an error) waits until the messages before
it are stored and told; and what may be refused only when it is stored ends the messages it is queued with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.messages import Draft
from chatstore.irc import numerics as n

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.commands import Post
    from chatstore.irc.labels import Answer
    from chatstore.irc.waiting import Pause

MOST_TOGETHER = 200
"""Messages of one connection that are queued at once."""


@dataclass
class Said:
    """What a line came to: messages, what is said to its sender before them, its labelled answer."""

    posts: Sequence[Post]
    data: bytes = b""
    answer: Answer | None = None

    @property
    def rooms(self) -> set[int]:
        """Those of its messages; empty for what isn't a message to a room."""
        return {post.unit.room for post in self.posts if isinstance(post.unit, Draft)}


class Together:
    """The messages of lines that arrived together, stored by one commit."""

    def __init__(self) -> None:
        self._said: list[Said] = []
        self._posts = 0
        self._ended = False

    def __bool__(self) -> bool:
        return bool(self._said)

    @property
    def full(self) -> bool:
        return self._ended or self._posts >= MOST_TOGETHER

    def takes(self, said: Said) -> bool:
        """Whether it may be queued with those before it."""
        if not self._said:
            return True
        if said.data:
            return False
        # Facts of several rooms are told room by room, and labelled answers keep to the order of the commands.
        labelled = said.answer is not None or self._said[-1].answer is not None
        return not labelled or (len(said.rooms) == 1 and said.rooms == self._said[-1].rooms)

    def add(self, said: Said) -> None:
        self._said.append(said)
        self._posts += len(said.posts)
        for post in said.posts:
            if not isinstance(post.unit, Draft):
                self._ended = True

    def submit(self, client: Client) -> Pause | None:
        """Say what is to be said first; queue the messages, and wait until they are stored and told, and their
        sender has heard what became of them."""
        for said in self._said:
            if said.data:
                (said.answer or client).send(said.data)
        units = [post.unit for said in self._said for post in said.posts]
        if not units:
            self._report(client, [])
            return None
        ticket = client.session.submit(units)

        def start(resume: Callable[[], None]) -> None:
            def stored() -> None:
                try:
                    self._report(client, ticket.outcomes or ())
                finally:
                    resume()

            ticket.when_done(stored)

        return start

    def _report(self, client: Client, outcomes: Sequence[Any]) -> None:
        """In the writer's thread, or where nothing was to be stored."""
        rest = iter(outcomes)
        for said in self._said:
            for post in said.posts:
                outcome = next(rest)
                if isinstance(outcome, ChatError) or post.target[:1] != "#":
                    _tell(client, post, outcome)
            if said.answer is not None:
                said.answer.send(client.reply.take())
                said.answer.finish()
        client.reply.flush()


def _tell(client: Client, post: Post, outcome: Any) -> None:
    if isinstance(outcome, ChatError):
        if post.command != "NOTICE":  # to which nothing is ever answered
            client.refuse(post.command, outcome, post.target)
    elif post.command == "PRIVMSG" and "#" not in post.target[:2]:
        away = client.session.sees.away_message(post.target)
        if away:
            client.reply.numeric(n.RPL_AWAY, post.target, text=away)
