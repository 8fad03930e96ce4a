"""Uploads as the state knows them: what the person wants to send, how far it is, and what becomes of it.

Nothing here reads a file or asks the server. The loop takes the jobs and gives them to transfers.py, which calls
back what has happened.
"""

from __future__ import annotations

import io
import shlex

from chatstore.client import events, sending
from chatstore.client.files.jobs import Download, Look, Seen, Stop, Upload, Uploaded
from chatstore.client.state import ChatState

TOGETHER = 4
"""Files on their way at once: a server takes no more of one account."""


def split(text: str) -> tuple[str, str]:
    """(file, description) of what is behind /upload: a name with spaces is in quotes, or has backslashes. Raises
    ValueError for a quote that is not closed."""
    source = io.StringIO(text)
    words = shlex.shlex(source, posix=True, punctuation_chars=False)
    words.whitespace_split, words.commenters = True, ""
    file = words.get_token() or ""
    return file, source.read().strip()


def start(state: ChatState, target: str, file: str, description: str) -> None:
    """Send a file, and say where it is once it is there."""
    files = state.files
    if not state.connected:
        _fail(state, target, "not connected")
    elif not files.url:
        _fail(state, target, "this server takes no files")
    elif len(files.under_way) >= TOGETHER:
        _fail(state, target, f"{TOGETHER} files are on their way: wait, or /upload cancel")
    else:
        upload = Upload(files.number(), file, target, " ".join(description.split()), files.url)
        files.under_way[upload.number] = upload
        files.jobs.append(upload)


def cancel(state: ChatState) -> bool:
    """Stop all uploads. Whether there was one."""
    stopped = list(state.files.under_way.values())
    for upload in stopped:
        state.files.jobs.append(Stop(upload.number))
        _ended(state, upload.number)
        state.show(events.Info(upload.target, state.now, f"the upload of {upload.file} is cancelled"))
    return bool(stopped)


def progressed(state: ChatState, number: int, name: str, sent: int, size: int) -> None:
    upload = state.files.under_way.get(number)
    if upload is None:
        return
    if sent == 0 and not state.updates:
        text = f"sending {name} to {upload.target}; /upload cancel stops it"
        state.show(events.Info(upload.target, state.now, text))
    state.update(events.Uploading(upload.target, state.now, number, name, sent, size))


def finished(state: ChatState, number: int, uploaded: Uploaded) -> None:
    """The file is there: say where. A client that shows pictures keeps the space that the fragment says."""
    upload = _ended(state, number)
    if upload is None:
        return
    link = uploaded.url
    if uploaded.width and uploaded.height:
        link += f"#w={uploaded.width}&h={uploaded.height}"
    sending.say(state, upload.target, f"{upload.description} {link}".strip())


def failed(state: ChatState, number: int, why: str) -> None:
    upload = _ended(state, number)
    if upload is not None:
        _fail(state, upload.target, f"{upload.file} was not sent: {why}")


def look(state: ChatState, url: str, *, picture: bool) -> None:
    """Ask what a card shows of a file. Nobody is asked about files of others."""
    if state.files.has(url):
        state.files.jobs.append(Look(url.partition("#")[0], picture))


def seen(state: ChatState, seen: Seen) -> None:
    """The server has told of a file, or could not."""
    state.update(events.FileSeen("", state.now, seen.url, seen.size, seen.picture, seen.known, seen.gone))


def save(state: ChatState, url: str) -> None:
    """Save a file of this server, and open it."""
    files = state.files
    if not files.has(url):
        _fail(state, "", "only files of this server can be saved: /open URL")
    elif len(files.downloads) >= TOGETHER:
        _fail(state, "", f"{TOGETHER} files are on their way: wait")
    else:
        number = files.number()
        files.downloads.add(number)
        files.jobs.append(Download(number, url.partition("#")[0]))


def saved(state: ChatState, number: int, path: str, *, opened: bool) -> None:
    state.files.downloads.discard(number)
    state.info(f"{'opened' if opened else 'saved as'} {path}")


def not_saved(state: ChatState, number: int, why: str) -> None:
    state.files.downloads.discard(number)
    _fail(state, "", f"the file was not fetched: {why}")


def _ended(state: ChatState, number: int) -> Upload | None:
    upload = state.files.under_way.pop(number, None)
    if upload is not None:
        state.update(events.Uploading(upload.target, state.now, number, upload.file, 0, 0, done=True))
    return upload


def _fail(state: ChatState, target: str, text: str) -> None:
    state.show(events.Failure(target, state.now, text))
