"""REPORT and REPORTS: messages that people report to the administrators.

Spec: chatstore/administration, this server's own; docs/extensions.md describes its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.reports import Report
from chatstore.irc.commands import command
from chatstore.irc.errors import OF_MESSAGES, fail_code, middle
from chatstore.irc.line import timestamp
from chatstore.irc.subcommands import (
    MOST_ROWS,
    NOTHING,
    InvalidError,
    Subcommands,
    Value,
    end,
    given_attributes,
    number_in,
    number_of,
    row,
    time_of,
)

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

NAME = "REPORTS"
report_commands = Subcommands(NAME)
_CODES = {
    **OF_MESSAGES,
    Code.LOGIN_REQUIRED: "ACCOUNT_REQUIRED",
    Code.LIST_FULL: "LIMIT_REACHED",
}


@command("REPORT", min_params=2, blocking=True, spec="chatstore/administration")
def report(client: Client, line: Line) -> None:
    """Report a message to the administrators: `REPORT #tea <msgid> :insults`. They see its text then."""
    target, message = line.params[:2]
    reason = line.param(2)[: client.session.policy.limits.reason_length]
    try:
        client.session.sending.report(target, message, reason).result()
    except ChatError as error:
        code = _CODES.get(error.code) or fail_code(error)
        client.reply.fail("REPORT", code, middle(target), middle(message), text=error.text)
    else:
        client.reply.line("REPORT", target, message, reason, trailing=True)


@command(NAME, min_params=1, blocking=True, spec="chatstore/administration")
def reports(client: Client, line: Line) -> None:
    """Decide what becomes of reported messages: `REPORTS LIST`, `REPORTS CLOSE 5 :warned`, `REPORTS REDACT 5`. For
    administrators."""
    report_commands.run(client, line)


@report_commands("LIST [ATTRIBUTES]")
def list_(client: Client, attributes: str = NOTHING) -> None:
    values = given_attributes(attributes, "state", "after", "before", "limit")
    state, administration = values.get("state", "open"), client.session.administration
    limit = number_in(values, "limit", MOST_ROWS, MOST_ROWS) or MOST_ROWS
    if state == "open" and "before" not in values:
        found = administration.open_reports(number_in(values, "after", None) or 0, limit)
    elif state == "closed" and "after" not in values:
        found = administration.closed_reports(number_in(values, "before", None), limit)
    else:
        raise InvalidError("expected state=open, with after=ID, or state=closed, with before=ID")
    for each in found:
        row(client, _about(each), NAME, "LIST", str(each.id), text=each.reason)
    end(client, NAME, "LIST")


def _about(each: Report) -> dict[str, Value]:
    return {
        "room": f"#{each.room}" if each.room else NOTHING,
        "msgid": msgid(each.room_id, each.seq, each.sent_at) if each.sent_at else None,
        "author": each.author,
        "sent": timestamp(each.sent_at) if each.sent_at else None,
        "by": each.reporter,
        "at": timestamp(each.reported_at),
        "state": "closed" if each.closed_at is not None else "open",
        "closed": time_of(each.closed_at),
        "closer": each.closed_by,
        "decision": each.decision,
        "text": each.text.replace("\n", " ") if each.text is not None else None,
    }


@report_commands("CLOSE ID :DECISION", 1)
def close(client: Client, report_id: str, decision: str = "") -> None:
    _decide(client, "CLOSE", report_id, decision)


@report_commands("REDACT ID :REASON", 1)
def redact(client: Client, report_id: str, reason: str = "") -> None:
    _decide(client, "REDACT", report_id, reason)


def _decide(client: Client, word: str, report_id: str, decision: str) -> None:
    number = number_of(report_id, "the id of a report")
    client.session.administration.close_report(number, decision, erase=word == "REDACT").result()
    client.reply.line(NAME, word, str(number))
