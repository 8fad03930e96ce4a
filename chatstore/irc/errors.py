"""A ChatError in IRC: a table from its code to a numeric, and the parameters of the numeric."""

from __future__ import annotations

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc import numerics as n

_NUMERICS: dict[Code, n.Numeric] = {
    Code.INVALID_NAME: n.ERR_ERRONEUSNICKNAME,
    Code.NAME_TAKEN: n.ERR_NICKNAMEINUSE,
    Code.NAME_FIXED: n.ERR_ERRONEUSNICKNAME,
    Code.WRONG_CREDENTIALS: n.ERR_PASSWDMISMATCH,
    Code.BAD_PASSWORD: n.ERR_PASSWDMISMATCH,
    Code.WEAK_PASSWORD: n.ERR_PASSWDMISMATCH,
    Code.PASSWORD_REQUIRED: n.ERR_PASSWDMISMATCH,
    Code.THROTTLED: n.ERR_PASSWDMISMATCH,
    Code.SUSPENDED: n.ERR_PASSWDMISMATCH,
    Code.SERVER_PASSWORD: n.ERR_PASSWDMISMATCH,
    Code.REGISTRATION_CLOSED: n.ERR_PASSWDMISMATCH,
    Code.INVITATION_REQUIRED: n.ERR_PASSWDMISMATCH,
    Code.INVALID_CODE: n.ERR_PASSWDMISMATCH,
    Code.ENCRYPTION_REQUIRED: n.ERR_PASSWDMISMATCH,
    Code.LOGIN_REQUIRED: n.ERR_NOTREGISTERED,
    Code.NO_SUCH_PERSON: n.ERR_NOSUCHNICK,
    Code.NO_SUCH_ROOM: n.ERR_NOSUCHCHANNEL,
    Code.NOT_A_MEMBER: n.ERR_NOTONCHANNEL,
    Code.OPERATOR_REQUIRED: n.ERR_CHANOPRIVSNEEDED,
    Code.FOUNDER_REQUIRED: n.ERR_CHANOPRIVSNEEDED,
    Code.SERVER_OPERATOR_REQUIRED: n.ERR_NOPRIVILEGES,
    Code.ADMIN_REQUIRED: n.ERR_NOOPERHOST,
    Code.NOT_WELCOME: n.ERR_CANNOTSENDTOUSER,
    Code.CANNOT_POST: n.ERR_CANNOTSENDTOCHAN,
    Code.BANNED: n.ERR_BANNEDFROMCHAN,
    Code.SERVER_BANNED: n.ERR_YOUREBANNEDCREEP,
    Code.INVITE_ONLY: n.ERR_INVITEONLYCHAN,
    Code.WRONG_KEY: n.ERR_BADCHANNELKEY,
    Code.ROOM_FULL: n.ERR_CHANNELISFULL,
    Code.TOO_OFTEN: n.ERR_THROTTLE,
    Code.TOO_MANY_ROOMS: n.ERR_TOOMANYCHANNELS,
    Code.LIST_FULL: n.ERR_BANLISTFULL,
    Code.EMPTY_MESSAGE: n.ERR_NOTEXTTOSEND,
    Code.MESSAGE_TOO_LONG: n.ERR_INPUTTOOLONG,
}
"""The numeric of each error. A code that is missing here is sent by FAIL."""
_ABOUT_ROOM = {
    Code.NO_SUCH_ROOM,
    Code.NOT_A_MEMBER,
    Code.OPERATOR_REQUIRED,
    Code.FOUNDER_REQUIRED,
    Code.CANNOT_POST,
    Code.BANNED,
    Code.INVITE_ONLY,
    Code.WRONG_KEY,
    Code.ROOM_FULL,
    Code.TOO_OFTEN,
    Code.TOO_MANY_ROOMS,
}
"""Errors whose numeric names the room."""
_ABOUT_NOTHING = {
    Code.EMPTY_MESSAGE,
    Code.MESSAGE_TOO_LONG,
    Code.WRONG_CREDENTIALS,
    Code.SERVER_OPERATOR_REQUIRED,
    Code.ADMIN_REQUIRED,
    Code.SERVER_BANNED,
}
"""Errors whose numeric has no parameter."""

OF_MESSAGES = {
    Code.INVALID_NAME: "INVALID_TARGET",
    Code.NO_SUCH_ROOM: "INVALID_TARGET",
    Code.NO_SUCH_PERSON: "INVALID_TARGET",
    Code.NO_SUCH_MESSAGE: "UNKNOWN_MSGID",
}
"""The codes of standard replies to a command about one message, in a room or with a person; they are those of
draft/message-redaction."""


def about_message(code: str, target: str, message: str) -> list[str]:
    """Return what such a standard reply is about: the target alone, if that is what is wrong."""
    return [middle(target)] if code == "INVALID_TARGET" else [middle(target), middle(message)]


def numeric(error: ChatError, about: str = "") -> tuple[n.Numeric, list[str]] | None:
    """Return the numeric and its middle parameters; None if IRC has none, and FAIL carries the error.

    `about`: the room or person as the client typed it.
    """
    known = _NUMERICS.get(error.code)
    if known is None:
        return None
    if error.code in _ABOUT_NOTHING:
        return known, []
    thing = about or error.about
    if error.code in _ABOUT_ROOM and thing and "#" not in thing[:2]:
        thing = f"#{thing}"
    return known, [thing or "*"]


def fail_code(error: ChatError) -> str:
    """Return the code of a standard reply (IRCv3 standard-replies) for an error without a numeric."""
    return error.code.name


def middle(text: str) -> str:
    """Return a client's text as a middle parameter: cut at the first space, at most 100 characters, never
    empty."""
    return text.split(" ")[0].lstrip(":")[:100] or "*"
