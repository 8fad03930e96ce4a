"""Slack's and Mattermost's incoming webhooks: a text, blocks and attachments, as JSON or in a form's `payload`.

Specs: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, "Formatting message text",
"Block Kit", "Secondary message attachments"; https://developers.mattermost.com/integrate/webhooks/incoming. Where
there are blocks, they are the message, and the text is for notifications.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from chatstore.importing.reading.mrkdwn import as_markdown
from chatstore.webhooks.payloads.fields import Fields
from chatstore.webhooks.payloads.format import Format, Headers, Said, never_signed
from chatstore.webhooks.payloads.texts import lines_of

_MOST_BLOCKS = 50
_LONGEST = 40_000
"""Characters of a text, as in Slack."""
_DEPTH = 6
"""How deep elements of rich text may be nested."""
_MARKED = re.compile(r"<([^<>\n|]{1,2000})(?:\|([^<>\n]{0,2000}))?>")


def recognises(_headers: Headers, data: Fields) -> bool:
    return any(key in data for key in ("text", "blocks", "attachments"))


def read(_headers: Headers, data: Fields) -> list[Said]:
    text = data["text"].raw
    parts = [*_blocks(data["blocks"])] or [unmarked(text) if data["mrkdwn"].value is False else plain(text)]
    for attachment in data["attachments"].items[:20]:
        parts += _attachment(attachment)
    text = lines_of("\n".join(part for part in parts if part.strip()))
    return [Said(text, data["username"].short(60))] if text.strip() else []


def plain(text: str) -> str:
    """Slack's text as it is written here: `<https://example.org|the page>` becomes `the page (https://example.org)`,
    and `*bold*` becomes `**bold**`. Mattermost's `**bold**` stays."""
    return unmarked(as_markdown(text[:_LONGEST]))


def unmarked(text: str) -> str:
    """The same for a text in which no sign means bold."""
    text = text[:_LONGEST]
    return html.unescape(_MARKED.sub(_unmarked, text)) if "<" in text or "&" in text else text


def _unmarked(match: re.Match[str]) -> str:
    target, label = match[1], match[2] or ""
    if target[0] == "!":
        return label or target[1:].split("^")[0]
    if target[0] in "@#":
        return f"{target[0]}{label.lstrip('@#') or target[1:]}"
    if "://" not in target and not target.startswith("mailto:"):
        return match[0] if "|" not in match[0] else label
    address = target.removeprefix("mailto:")
    return f"{label} ({address})" if label and label not in (address, target) else address


def _text(block: Fields) -> str:
    """The text of a text object: `{"type": "mrkdwn", "text": …}`, or a text itself, which is Markdown."""
    if isinstance(block.value, str):
        return unmarked(block.value)
    return block["text"].raw if block["type"] == "plain_text" else plain(block["text"].raw)


def _blocks(blocks: Fields) -> Iterator[str]:
    for block in blocks.items[:_MOST_BLOCKS]:
        kind = block["type"].raw
        if kind in ("section", "header", "markdown"):
            yield _text(block["text"])
            yield from (_text(field).replace("\n", " ") for field in block["fields"].items[:20])
        elif kind == "context":
            yield " ".join(_text(each) for each in block["elements"].items[:20] if each["type"] != "image")
        elif kind == "image":
            yield f"{block['alt_text'].line} {block['image_url'].url}".strip()
        elif kind == "rich_text":
            yield "".join(_rich(block["elements"], _DEPTH))


def _rich(elements: Fields, depth: int) -> Iterator[str]:
    for element in elements.items if depth else ():
        kind = element["type"].raw
        if kind == "text":
            yield element["text"].raw
        elif kind == "link":
            text, url = element["text"].raw, element["url"].url
            yield f"{text} ({url})" if text and url and text != url else text or url
        elif kind == "emoji":
            yield f":{element['name'].short(60)}:"
        elif kind in ("user", "usergroup", "broadcast"):
            yield element["user_id"].line or element["usergroup_id"].line or element["range"].line
        else:
            before = {"rich_text_list": "\n", "rich_text_quote": "\n> "}.get(kind, "")
            yield before
            for each in element["elements"].items:
                listed = "- " if kind == "rich_text_list" else ""
                yield listed + "".join(_rich(Fields([each.value]), depth - 1)) + ("\n" if listed else "")


def _attachment(given: Fields) -> Iterator[str]:
    """The lines of an attachment."""
    said = [plain(given["pretext"].raw), _titled(given), plain(given["text"].raw), *_blocks(given["blocks"])]
    for field in given["fields"].items[:20]:
        title, value = unmarked(field["title"].raw), plain(field["value"].raw)
        said.append(f"{title}: {value}" if title and value else title or value)
    if not any(said):
        said = [unmarked(given["fallback"].raw)]
    yield from said


def _titled(given: Fields) -> str:
    author, title, link = given["author_name"].line, unmarked(given["title"].raw), given["title_link"].url
    title = f"{title} ({link})" if title and link else title or link
    return f"{author}: {title}" if author and title else author or title


FORMAT = Format("slack", recognises, read, never_signed, lambda _headers, _data: "message")
