"""What the server answers to FILES, HOOK, BOT, TOKEN and NOTIFY, in words.

Each answer is lines of a command with a subcommand; attributes are written like message tags, and a row `*` ends a
list. Specs: docs/extensions.md, docs/webhooks.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin

from chatstore.amounts import counted, sized
from chatstore.client import events
from chatstore.client.files.jobs import Listed
from chatstore.client.state import ChatState
from chatstore.irc.line import Line, parse_tags

_END = "*"
SHOWN = "NOTIFY"
"""In ChatState.asked, with LIST or SET: the person asked, and wants to see the answer."""


def files(state: ChatState, line: Line) -> None:
    subcommand, number = line.param(0).upper(), line.param(1)
    if subcommand == "LIST" and number == _END:
        if not state.files.listed:
            state.info("you have sent no files: /upload FILE sends one")
    elif subcommand == "LIST":
        values = parse_tags(line.param(2))
        url = _address(state, values.get("file", ""))
        state.files.listed.append(Listed(number, url))
        when, size = values.get("uploaded", "")[:10], sized(_number(values, "size"))
        about = f"{line.param(3)}, {size}, {values.get('type', '')}, {when}"
        state.info(f"{len(state.files.listed)}  {about}  {url}")
    elif subcommand == "LIMITS":
        values = parse_tags(number)
        used, quota = sized(_number(values, "used")), sized(_number(values, "quota"))
        most = counted(_number(values, "files-limit"), "file")
        state.info(
            f"{used} of {quota} used, {_number(values, 'files'):,} of {most}; a file may have "
            f"{sized(_number(values, 'file-limit'))}; /files remove N removes one, /files more shows older ones"
        )
    elif subcommand == "REMOVE":
        state.info("the file is removed")


def _address(state: ChatState, path: str) -> str:
    try:
        return urljoin(state.files.url, path)
    except ValueError:
        return path


def hooks(state: ChatState, line: Line) -> None:
    subcommand, room, number = line.param(0).upper(), line.param(1), line.param(2)
    if subcommand == "LIST" and number == _END:
        state.info(f"{_ended(state, f'{room} has no webhooks')}/hook add NAME makes one")
        return
    values, name = parse_tags(line.param(3)), line.param(4)
    if subcommand in ("LIST", "SET"):
        state.rows_told += subcommand == "LIST"
        state.info(_hook(number, name, values))
    elif subcommand in ("ADD", "RENEW"):
        secret = values.get("url") or values.get("secret", "")
        what = "post to this URL" if values.get("url") else "its requests are signed with this secret"
        state.info(f"webhook {number}: {what}, which is not shown again and is as good as a password: {secret}")
    elif subcommand == "REMOVE":
        state.info(f"webhook {number} is removed")
    elif subcommand == "TEST":
        state.info(f"webhook {number} was tried, and works")


def _ended(state: ChatState, none: str) -> str:
    """The beginning of what is said at the end of a list: `none` if it had no rows."""
    rows, state.rows_told = state.rows_told, 0
    return "" if rows else f"{none}: "


def _hook(number: str, name: str, values: Mapping[str, str]) -> str:
    way = f"to {values.get('url', '?')}" if values.get("direction") == "out" else "incoming"
    when = {"word": "on the word ", "command": "on the command "}.get(values.get("trigger", ""), "")
    said = [way, *([f"{when}{values['word']}"] if when and values.get("word") else []), values.get("state", "")]
    said += [f"of {values['owner']}"] if values.get("owner") else []
    said += [f"last used {values['used'][:16]}"] if values.get("used") else []
    said += [f"failed: {values['error']}"] if values.get("error") else []
    return f"{number}  {name}: {', '.join(filter(None, said))}"


def bots(state: ChatState, line: Line) -> None:
    subcommand, name, number = line.param(0).upper(), line.param(1), line.param(2)
    if subcommand == "LIST" and name == _END:
        state.info(f"{_ended(state, 'you have no bots')}/bot add NAME makes one")
    elif subcommand == "LIST":
        state.rows_told += 1
        values = parse_tags(number)
        here = "connected" if values.get("online", "0") != "0" else "not connected"
        status = values.get("status", "active")
        tokens = counted(_number(values, "tokens"), "token")
        state.info(f"{name}, {here if status == 'active' else status}, {tokens}")
    elif subcommand == "ADD":
        state.info(f"{name} is a bot of yours: /bot token {name} makes the token that it logs in with")
    elif subcommand == "TOKEN":
        state.info(f"token {number} of {name}, which is not shown again: {line.param(3)}")
    elif subcommand == "TOKENS" and number != _END:
        label = f" ({line.params[-1]})" if len(line.params) > 6 and line.params[-1] else ""
        state.info(f"token {number} of {name}{label}, {line.param(5) or 'offline'}")
    elif subcommand == "SCOPES":
        state.info(f"token {number} of {name} may {_allowed(line.param(3))}")
    elif subcommand == "REVOKE":
        state.info(f"{'all tokens' if number in ('', _END) else f'token {number}'} of {name} removed")
    elif subcommand == "REMOVE":
        state.info(f"the bot {name} is removed")


def tokens(state: ChatState, line: Line) -> None:
    subcommand, number = line.param(0).upper(), line.param(1)
    if not number:
        return
    if subcommand == "LIST" and number == _END:
        state.info(f"{_ended(state, 'you have no tokens')}/token add LABEL makes one")
    elif subcommand == "LIST":
        state.rows_told += 1
        here = {"current": "in use here", "online": "connected"}.get(line.param(4), "not connected")
        used = "never used" if line.param(3) == _END else f"last used {line.param(3)[:16].replace('T', ' ')}"
        label = f" ({line.param(5)})" if line.param(5) else ""
        state.info(f"token {number}{label}, {here}, {used}")
    elif subcommand == "SCOPES":
        state.info(f"token {number} may {_allowed(line.param(2))}")
    elif subcommand == "ADD":
        state.info(f"token {number}, which is not shown again: {line.param(2)}")
    elif subcommand == "REMOVE":
        state.info(f"token {number} is removed: what logged in with it is disconnected")


def _allowed(attributes: str) -> str:
    """What a token allows."""
    values = parse_tags(attributes)
    rooms = values.get("rooms", _END)
    where = f" in {rooms.replace(',', ', ')}" if rooms != _END else ""
    return f"{values.get('scopes', '').replace(',', ', ')}{where}"


def notify(state: ChatState, line: Line) -> None:
    where, values = line.param(1), parse_tags(line.param(2))
    asked = (SHOWN, line.param(0).upper())
    if values:
        begins = asked[1] == "LIST" and where == _END
        state.update(events.NotifySettings(where, state.now, tuple(values.items()), begins))
    shown = asked in state.asked
    if not values or asked[1] != "LIST":  # the end of a list, or the answer to a change
        state.asked.discard(asked)
    if not values or not shown:
        return
    if where == _END:
        keywords = values.get("keywords", "").replace(",", ", ") or "none"
        quiet = f"{values['quiet']} ({values.get('zone', '')})" if values.get("quiet") else "none"
        text = f"rooms: {values.get('rooms')}, direct messages: {values.get('direct')}"
        state.info(f"you are told of: {text}; your words: {keywords}; quiet hours: {quiet}")
        return
    until = values.get("muted-until", "")
    muted = f", muted until {until[:16].replace('T', ' ')} UTC" if until else ""
    state.info(f"you are told of in {where}: {values.get('level', 'default')}{muted}")


def _number(values: Mapping[str, str], name: str) -> int:
    text = values.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
