"""Errors: why the chat refuses something. There are few codes; each protocol translates them in one table."""

from __future__ import annotations

from enum import Enum


class Code(str, Enum):
    """Why something was refused. The code is for programs; the text that goes with it is for people."""

    INVALID_NAME = "invalid-name"
    NAME_TAKEN = "name-taken"
    NAME_FIXED = "name-fixed"
    BAD_PASSWORD = "bad-password"
    WRONG_CREDENTIALS = "wrong-credentials"
    TOO_OFTEN = "too-often"
    THROTTLED = "throttled"
    SUSPENDED = "suspended"
    REGISTRATION_CLOSED = "registration-closed"
    WEAK_PASSWORD = "weak-password"
    PASSWORD_REQUIRED = "password-required"
    INVITATION_REQUIRED = "invitation-required"
    INVALID_CODE = "invalid-code"
    SERVER_PASSWORD = "server-password"
    ENCRYPTION_REQUIRED = "encryption-required"
    LOGIN_REQUIRED = "login-required"
    NO_SUCH_PERSON = "no-such-person"
    NO_SUCH_ROOM = "no-such-room"
    NOT_A_MEMBER = "not-a-member"
    TARGET_NOT_A_MEMBER = "target-not-a-member"
    ALREADY_A_MEMBER = "already-a-member"
    FOUNDER_REQUIRED = "founder-required"
    OPERATOR_REQUIRED = "operator-required"
    SERVER_OPERATOR_REQUIRED = "server-operator-required"
    ADMIN_REQUIRED = "admin-required"
    CANNOT_POST = "cannot-post"
    BANNED = "banned"
    SERVER_BANNED = "server-banned"
    INVITE_ONLY = "invite-only"
    WRONG_KEY = "wrong-key"
    ROOM_FULL = "room-full"
    ROOM_EXISTS = "room-exists"
    TOO_MANY_ROOMS = "too-many-rooms"
    LIST_FULL = "list-full"
    EMPTY_MESSAGE = "empty-message"
    MESSAGE_TOO_LONG = "message-too-long"
    ACCOUNT_WAITING = "account-waiting"
    OWN_ACCOUNT = "own-account"
    NOT_SUSPENDED = "not-suspended"
    NO_SUCH_INVITATION = "no-such-invitation"
    NO_SUCH_BAN = "no-such-ban"
    OWN_BAN = "own-ban"
    TOO_WIDE = "too-wide"
    INVALID_MASK = "invalid-mask"
    NO_SUCH_REPORT = "no-such-report"
    OWN_MESSAGE = "own-message"
    NO_SUCH_INVITE = "no-such-invite"
    NO_SUCH_BOT = "no-such-bot"
    NO_SUCH_TOKEN = "no-such-token"
    NO_SUCH_HOOK = "no-such-hook"
    NOT_WELCOME = "not-welcome"
    RELAY_FORBIDDEN = "relay-forbidden"
    OUTSIDE_SCOPE = "outside-scope"
    NO_EXPORT = "no-export"
    INVALID_REACTION = "invalid-reaction"
    TOO_MANY_REACTIONS = "too-many-reactions"
    NO_SUCH_MESSAGE = "no-such-message"
    REDACT_FORBIDDEN = "redact-forbidden"
    REDACT_WINDOW_EXPIRED = "redact-window-expired"
    EDIT_FORBIDDEN = "edit-forbidden"
    EDIT_WINDOW_EXPIRED = "edit-window-expired"
    TOO_MANY_EDITS = "too-many-edits"
    INVALID_TEXT = "invalid-text"
    FILES_OFF = "files-off"
    NO_SUCH_FILE = "no-such-file"
    TOO_LARGE = "too-large"
    QUOTA = "quota"
    NO_SPACE = "no-space"
    KEY_REUSED = "key-reused"
    BUSY = "busy"
    NOT_STORED = "not-stored"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class ChatError(Exception):
    """A refusal: its code, a sentence for people, and the name that it is about (or nothing)."""

    def __init__(self, code: Code, text: str, about: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.about = about


class StoreError(Exception):
    """The database can't be read now. The message is one line for the operator. It is no ChatError: what was asked
    was neither refused nor found missing. Whoever answers people tells them its `refusal`."""

    @property
    def refusal(self) -> ChatError:
        return ChatError(Code.UNAVAILABLE, "the database does not answer: try again later")
