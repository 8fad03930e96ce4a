"""Who is in which room, under which nick and what for; and the rooms' topics. The part of hearing.py about rooms.

The rosters are kept by what is live; history tells the same things again, and changes nothing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.client import items, news, presence
from chatstore.client.items import nick_of
from chatstore.client.targets import Member, Target, fold, is_room
from chatstore.irc.line import Line

if TYPE_CHECKING:
    from chatstore.client.state import ChatState


# Who is where.


def join(state: ChatState, line: Line) -> None:
    target, nick = state.target(line.param(0)), nick_of(line.source)
    if state.is_me(nick):
        target.name, state.mask = line.param(0), line.source
        state.entered(target, line)
    else:
        target.members[fold(nick)] = member = Member(nick)
        state.tell(news.MembersChanged(target.name, state.now, (member,)))
        state.live(target, line)


def part(state: ChatState, line: Line) -> None:
    _gone(state, line, nick_of(line.source))


def kick(state: ChatState, line: Line) -> None:
    _gone(state, line, line.param(1))


def _gone(state: ChatState, line: Line, nick: str) -> None:
    target = state.target(line.param(0))
    target.members.pop(fold(nick), None)
    state.tell(news.MembersChanged(target.name, state.now, gone=(nick,)))
    state.live(target, line)
    if state.is_me(nick):
        state.left(target)


def quit(state: ChatState, line: Line) -> None:
    nick = nick_of(line.source)
    for target in list(state.targets.values()):
        if target.members.pop(fold(nick), None):
            state.tell(news.MembersChanged(target.name, state.now, gone=(nick,)))
            state.live(target, line)


def nick(state: ChatState, line: Line) -> None:
    old, new = nick_of(line.source), line.param(0)
    if state.is_me(old):
        state.nick = new
        state.tell(news.NickIs("", state.now, new))
    for target in list(state.targets.values()):
        if target.renamed(old, new):
            state.tell(news.MembersChanged(target.name, state.now, (target.members[fold(new)],), (old,)))
            state.live(target, line)


def rename(state: ChatState, line: Line) -> None:
    """Spec: IRCv3 draft/channel-rename. RENAME #old #new :reason"""
    old, new = line.param(0), line.param(1)
    if fold(old) in state.targets and is_room(new):
        state.renamed(state.targets[fold(old)], new)
        reason = f": {line.param(2)}" if line.param(2) else ""
        state.show(items.Info(new, state.now, f"{nick_of(line.source)} renamed {old} to {new}{reason}"))


def mode(state: ChatState, line: Line) -> None:
    if not is_room(line.param(0)):
        return
    target = state.target(line.param(0))
    for mark, adding, nick in state.prefixes.changes(line.params[1:]):
        member = target.members.get(fold(nick))
        if member is not None:
            target.members[fold(nick)] = changed = state.prefixes.changed(member, mark, adding=adding)
            state.tell(news.MembersChanged(target.name, state.now, (changed,)))
    state.live(target, line)


def modes_are(state: ChatState, line: Line) -> None:
    """324, when it was asked for."""
    target = state.targets.get(fold(line.param(1)))
    if target is not None and _was_asked(state, "MODE", target):
        state.info(f"modes of {target.name}: {' '.join(line.params[2:])}")


def names(state: ChatState, line: Line) -> None:
    state.target(line.param(2)).list_members(line.param(3))


def end_of_names(state: ChatState, line: Line) -> None:
    target = state.target(line.param(1))
    target.end_listing()
    state.tell(news.Members(target.name, state.now, tuple(target.members.values())))
    new = _was_asked(state, "FIRST", target) and target.asked
    if new and [(one.nick, one.prefix[:1]) for one in target.members.values()] == [(state.nick, "@")]:
        state.show(items.Founded(target.name, state.now))
    if _was_asked(state, "NAMES", target):
        nicks = sorted((one.prefix[:1] + one.nick for one in target.members.values()), key=str.casefold)
        state.info(f"{len(nicks)} in {target.name}: {', '.join(nicks)}" if nicks else f"nobody in {target.name}")
    else:
        presence.ask_away(state)


# Topics.


def topic(state: ChatState, line: Line) -> None:
    target = state.target(line.param(0))
    _topic_is(state, target, line.param(1))
    state.live(target, line)


def topic_is(state: ChatState, line: Line) -> None:
    target = state.target(line.param(1))
    _topic_is(state, target, line.param(2))
    if _was_asked(state, "TOPIC", target):
        state.info(f"topic of {target.name}: {target.topic}")


def no_topic(state: ChatState, line: Line) -> None:
    target = state.target(line.param(1))
    _topic_is(state, target, "")
    if _was_asked(state, "TOPIC", target):
        state.info(f"{target.name} has no topic")


def _topic_is(state: ChatState, target: Target, text: str) -> None:
    target.topic = text
    state.tell(news.TopicIs(target.name, state.now, text))


def _was_asked(state: ChatState, what: str, target: Target) -> bool:
    wanted = (what, fold(target.name)) in state.asked
    state.asked.discard((what, fold(target.name)))
    return wanted
