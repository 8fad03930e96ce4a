"""Changes to reports: people report messages, and administrators decide what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass

from chatstore.chat.changes.administration import required_admin
from chatstore.chat.changes.posting import readable_message, take_back
from chatstore.chat.changes.required import announce_waiting, required_active
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.reports import MOST_OPEN, Report
from chatstore.chat.model.room_events import MESSAGE_KINDS, RoomEvent
from chatstore.chat.model.scopes import WRITE
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules import permissions


@dataclass
class ReportMessage(Change):
    """Report a message to the administrators. It shows them its text, whatever room it is in. Reporting it again
    replaces the reason. Returns the report's id. Raises LOGIN_REQUIRED for a guest; NO_SUCH_ROOM, NO_SUCH_MESSAGE,
    OWN_MESSAGE, LIST_FULL."""

    actor: Actor
    room: int
    id: str
    reason: str = ""
    needs = WRITE

    def place(self) -> int | str | None:
        return self.room

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> int:
        account = required_active(tx, self.actor)
        if account is None:
            raise ChatError(Code.LOGIN_REQUIRED, "only people with an account report messages: log in first")
        _, message = readable_message(tx, self.room, self.actor, self.id)
        if message.kind not in MESSAGE_KINDS:
            raise ChatError(Code.NO_SUCH_MESSAGE, "there is no such message here")
        if not permissions.may_report(self.actor, message.actor):
            raise ChatError(Code.OWN_MESSAGE, "that is your own message: take it back instead")
        if tx.reports.count_open(account.id) >= MOST_OPEN:
            raise ChatError(Code.LIST_FULL, f"you have {MOST_OPEN} open reports: wait until they are decided")
        made = tx.reports.put(message.room, message.seq, account.id, self.reason)
        announce_waiting(tx)
        return made


@dataclass
class CloseReport(Change):
    """Close a report. `by`: the administrator, SERVER for the command line. With `erase`, its message is
    erased first, and all reports about that are closed. Returns the Report. Raises ADMIN_REQUIRED,
    NO_SUCH_REPORT, NO_SUCH_MESSAGE; REDACT_FORBIDDEN for a message of a direct conversation."""

    report: int
    decision: str = ""
    by: Actor = SERVER
    erase: bool = False
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        report = tx.reports.by_id(self.report)
        return Touched(rooms=[report.room_id] if report is not None and self.erase else [])

    def apply(self, tx: Transaction) -> Report:
        if self.by is not SERVER:
            required_admin(tx, self.by)
        report = tx.reports.by_id(self.report)
        if report is None:
            raise ChatError(Code.NO_SUCH_REPORT, f"there is no report {self.report}", str(self.report))
        place = f"#{report.room}" if report.room else "a direct conversation"
        if self.erase:
            message = self._message(tx, report)
            take_back(tx, message, self.by, self.decision)
            tx.audit.note("room.redact", self.by, place, f"of {report.author}, reported by {report.reporter}")
        detail = f"of {report.reporter}, about {report.author}" + (f": {self.decision}" if self.decision else "")
        name = tx.audit.note("report.close", self.by, place, detail)
        only = None if self.erase else report.id
        tx.reports.close(report.room_id, report.seq, name, self.decision, only)
        announce_waiting(tx)
        return report

    def _message(self, tx: Transaction, report: Report) -> RoomEvent:
        message = tx.messages.at(report.room_id, report.seq)
        if message is None or report.text is None:
            raise ChatError(Code.NO_SUCH_MESSAGE, "that message was erased already")
        if not report.room:
            text = (
                "nobody but the two persons erases messages of a direct conversation: suspend the account instead"
            )
            raise ChatError(Code.REDACT_FORBIDDEN, text)
        return message
