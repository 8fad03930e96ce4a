"""Messages on their way to the writer: queued together, and what is said to their sender when they are stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from chatstore.chat.errors import ChatError
from chatstore.irc import numerics as n

if TYPE_CHECKING:
    from chatstore.irc.commands import Post
    from chatstore.irc.conversation import IrcConversation
    from chatstore.irc.waiting import Pause

MOST_TOGETHER = 200
"""Messages of one connection that are queued at once."""


def submit(context: IrcConversation, posts: Sequence[Post]) -> Pause:
    """Queue them, and wait until they are stored and told, and their sender has heard what became of them."""
    ticket = context.session.submit([post.unit for post in posts])

    def start(resume: Callable[[], None]) -> None:
        def stored() -> None:
            try:
                _report(context, posts, ticket.outcomes or ())
            finally:
                resume()

        ticket.when_done(stored)

    return start


def _report(context: IrcConversation, posts: Sequence[Post], outcomes: Sequence[Any]) -> None:
    """In the writer's thread."""
    for post, outcome in zip(posts, outcomes, strict=True):
        if isinstance(outcome, ChatError):
            if post.command != "NOTICE":  # to which nothing is ever answered
                context.refuse(post.command, outcome, post.target)
        elif post.command == "PRIVMSG" and not post.target.startswith("#"):
            away = context.session.sees.away_message(post.target)
            if away:
                context.reply.numeric(n.RPL_AWAY, post.target, text=away)
    context.reply.flush()
