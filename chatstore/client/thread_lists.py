"""Threads in the line client: a list of them with numbers, one of them printed, and replies in it.

The screen has them from its buffers: screen/thread_view.py.
"""

from __future__ import annotations

from datetime import datetime

from chatstore.amounts import counted
from chatstore.chat.model.text import seen, without_formatting
from chatstore.client.context import CommandContext
from chatstore.client.entries import entry_of
from chatstore.client.events import ThreadShown
from chatstore.client.names import fold
from chatstore.client.threads import Thread, Threads, newest_first

_SHOWN = 80
"""Characters of a root in the list."""


def current(context: CommandContext) -> str:
    """The msgid of the root of the thread that was shown last, if the person is still there."""
    key, root = context.thread
    return root if root and key == fold(context.current) else ""


def list_threads(context: CommandContext) -> None:
    """List the threads of the current conversation, the newest first. Replies go to no thread from now on."""
    context.thread = ("", "")
    found = _listed(context)
    for number, thread in enumerate(found, 1):
        replies = counted(thread.count, "reply", "replies")
        context.info(f"thread {number}  {_title(thread)} ({replies}, last {_when(thread.last, context.now)})")
    if not found:
        context.info("there are no replies in the messages that were shown; /history shows older ones")


def show_thread(context: CommandContext, number: int) -> None:
    """Print a thread of the list. What /reply sends goes there, until the person lists them or goes elsewhere."""
    key = fold(context.current)
    if not context.protocol.threads or context.protocol.threads[0][0] != key:
        _listed(context)
    listed = context.protocol.threads
    if not 0 < number <= len(listed):
        context.fail(f"there is no thread {number} here: /thread lists them")
        return
    root, target = listed[number - 1][1], context.protocol.targets[key]
    thread = _threads(context).of(root)
    context.thread = (key, thread.root)
    entries = [thread.first, *thread.replies] if thread.first is not None else thread.replies
    messages = tuple(target.messages[one.msgid] for one in entries if one is not None and one.msgid)
    context.protocol.show(ThreadShown(context.current, context.now, messages))
    if thread.first is None:
        context.info("its beginning is older: /history shows more")


def _listed(context: CommandContext) -> list[Thread]:
    """The threads of the current conversation, the newest first. Their numbers count from now on."""
    found = newest_first(_threads(context).by_root.values(), lambda _: 0)
    context.protocol.threads = [(fold(context.current), thread.root) for thread in found]
    return found


def _threads(context: CommandContext) -> Threads:
    target = context.protocol.targets.get(fold(context.current))
    shown = sorted(target.messages.values(), key=lambda one: one.time) if target is not None else []
    entries = [entry_of(message, message.msgid) for message in shown]
    return Threads([entry for entry in entries if entry is not None])


def _title(thread: Thread) -> str:
    if thread.first is None:
        return "an earlier message"
    text = " ".join(seen(without_formatting(thread.first.text)).split())
    return f"{thread.first.nick}: {text if len(text) <= _SHOWN else f'{text[:_SHOWN]}…'}"


def _when(time: int, now: int) -> str:
    moment, today = (datetime.fromtimestamp(ms / 1000) for ms in (time, now))
    return f"{moment:%H:%M}" if moment.date() == today.date() else f"{moment.day} {moment:%b %Y}"
