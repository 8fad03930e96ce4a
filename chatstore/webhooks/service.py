"""The webhooks of a server: the incoming and the outgoing ones, and what sessions need of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict

from chatstore.chat.model.hooks import PATH
from chatstore.chat.model.networks import network_of
from chatstore.chat.session import Chat
from chatstore.net.http import Body, HttpError, Request, Response, Route, plain_response
from chatstore.urls import Networks, Url, read_url
from chatstore.webhooks.incoming import Incoming
from chatstore.webhooks.outgoing import Outgoing


class Webhooks:
    """`leads`: whether this server sends what outgoing webhooks have to send; with several of them, one does."""

    def __init__(self, chat: Chat, leads: Callable[[], bool]) -> None:
        self._chat = chat
        self.incoming = Incoming(chat)
        self.outgoing = Outgoing(chat, leads, self._allowed)
        chat.judge_url = self._judge
        chat.test_hook = self.outgoing.test
        chat.hooks_changed = self.outgoing.changed

    def routes(self) -> list[Route]:
        """Where incoming webhooks are. Any media type is taken: Slack's clients send JSON as whatever."""
        limit = self._chat.policy.webhooks.payload_bytes
        return [Route("POST", f"{PATH}{{token}}", self._receive, Body(limit), shared=False)]

    def _receive(self, request: Request, body: bytes) -> Response:
        network = network_of(request.peer.address)
        answer = self.incoming.receive(request.values["token"], request.headers, body, network)
        if not answer.code:
            return plain_response(answer.status, answer.text)
        again = {"Retry-After": str(answer.retry_after)} if answer.retry_after else {}
        title = answer.code.replace("-", " ").capitalize()
        raise HttpError(answer.status, title, answer.text, again, code=answer.code)

    def counts(self) -> Mapping[str, int]:
        """What was counted since the start."""
        return {
            **asdict(self.incoming.figures),
            **asdict(self.outgoing.figures),
            "failing": self.outgoing.failing,
        }

    def start(self) -> None:
        """After the writer and the leader were started."""
        self.outgoing.start()

    def stop(self) -> None:
        """Before the store is closed."""
        self.outgoing.stop()

    def _allowed(self) -> Networks:
        """The networks that may be asked although they are not public."""
        return Networks(self._chat.policy.webhooks.allowed)

    def _judge(self, text: str) -> Url:
        return read_url(text, self._allowed())
