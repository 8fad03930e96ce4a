"""Who may do what: pure questions, asked by sessions, by live delivery and by changes. Nothing else decides.

Each question takes what is stored (the room, the person's role in it or None for an outsider, the person)
and answers yes or no; `join_refusal` has more than one way to say no.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import AUDIENCES
from chatstore.chat.model.masks import mask_matches
from chatstore.chat.model.room_settings import By
from chatstore.chat.model.rooms import MUTE, Ban, Role, Room, direct_persons


def is_founder(room: Room, actor: Actor) -> bool:
    """Whether the room belongs to this account. Guests found nothing: they are gone with their connection."""
    return room.founder_id is not None and actor.account_id == room.founder_id


def may_read(room: Room, role: Role | None, actor: Actor) -> bool:
    """Live lines, history, targets, export: members of a room, the two persons of a direct conversation."""
    if room.direct:
        return actor.key in direct_persons(room.key)
    return role is not None


def readable_from(room: Room, joined_seq: int | None) -> int:
    """The first seq that may be read by somebody who may_read() at all and is a member since `joined_seq`: their
    latest join, so that leaving and coming back never shows more than staying would have."""
    if room.direct or room.history == "everyone":
        return room.first_seq
    return max(room.first_seq, joined_seq if joined_seq is not None else room.last_seq + 1)


def may_hear(audience: str, role: Role | None) -> bool:
    """Whether what is said to this audience (see events.py) is for somebody of that role: now, and of the past."""
    return not audience or (role is not None and (role.operator or (audience == "+" and role.voiced)))


def readable_audiences(role: Role | None) -> tuple[str, ...] | None:
    """The audiences whose messages somebody of that role may read; None for all there are."""
    heard = tuple(audience for audience in ("", *AUDIENCES) if may_hear(audience, role))
    return None if len(heard) > len(AUDIENCES) else heard


def may_post(room: Room, role: Role | None, actor: Actor, audience: str = "") -> bool:
    """Messages, notices and tags. Only members speak to some of the members."""
    if room.direct:
        return actor.key in direct_persons(room.key)
    if role is None and (audience or room.has("n")):
        return False
    if speaks_freely(role):
        return True
    return not room.has("m") and not banned(room, actor) and not muted(room, actor)


def speaks_freely(role: Role | None) -> bool:
    """Whether neither a ban, nor a mute, nor what a room asks of its members, keeps somebody from speaking."""
    return role is not None and role >= Role.VOICE


def post_refusal(room: Room, actor: Actor, role: Role | None) -> ChatError:
    """What to say to somebody to whom may_post said no."""
    why = "you are not in it"
    if role is not None or not room.has("n"):
        if banned(room, actor):
            why = "you are banned"
        elif muted(room, actor):
            why = "you are muted"
        elif room.has("m"):
            why = "it is moderated"
    return ChatError(Code.CANNOT_POST, f"you may not speak in this room: {why}", room.name)


def join_refusal(room: Room, actor: Actor, *, key: str, members: int, invited_at: int | None = None) -> Code | None:
    """Why an outsider may not come in; None when they may. `invited_at`: when an operator invited them (see
    invite_opens). Such an invitation opens every door once, but no ban that was set after it was given."""
    if is_founder(room, actor):
        return None
    if banned(room, actor, since=invited_at):
        return Code.BANNED
    if invited_at is not None:
        return None
    if room.has("i") and not _on(room.welcome, actor):
        return Code.INVITE_ONLY
    if room.password and key != room.password:
        return Code.WRONG_KEY
    if room.member_limit and members >= room.member_limit:
        return Code.ROOM_FULL
    return None


def may_see(room: Room, role: Role | None) -> bool:
    """Whether the room's existence, name, topic and members are shown to this person."""
    return role is not None or (not room.direct and not room.has("s"))


def redact_refusal(
    role: Role | None, actor: Actor, author: Actor, *, admin: bool, age: float, window: float
) -> Code | None:
    """Why somebody may not take back a message that they may read; None when they may. Seconds: its age, and for
    how long its author may. Rooms have operators; a direct conversation has none."""
    if admin or (role is not None and role >= Role.OPERATOR):
        return None
    if not actor.key or author.key != actor.key:
        return Code.REDACT_FORBIDDEN
    return Code.REDACT_WINDOW_EXPIRED if age > window else None


def may_set_topic(room: Room, role: Role | None) -> bool:
    return role is not None and (role >= Role.OPERATOR or not room.has("t"))


def may_set_modes(role: Role | None) -> bool:
    return role is not None and role >= Role.OPERATOR


def may_become_operator(room: Room, role: Role | None, actor: Actor) -> bool:
    """By one's own word: the founder who has laid it down may take it up again."""
    return role is not None and is_founder(room, actor)


def may_take_operator(room: Room, actor: Actor, target: Actor) -> bool:
    """Asked of an operator: nobody but the founder takes it from the founder."""
    return not is_founder(room, target) or actor.key == target.key


def may_kick(room: Room, role: Role | None, actor: Actor, target: Actor) -> bool:
    """Operators; the founder can't be put out of what is theirs."""
    return role is not None and role >= Role.OPERATOR and may_take_operator(room, actor, target)


def may_rename(role: Role | None) -> bool:
    return role is not None and role >= Role.OPERATOR


def may_configure(role: Role | None, by: By = "operators") -> bool:
    """Change a setting of the room, of which its row says by whom it is changed."""
    return role is not None and (by == "members" or role >= Role.OPERATOR)


def may_transfer(room: Room, actor: Actor, *, admin: bool) -> bool:
    """Give the room to another account."""
    return is_founder(room, actor) or admin


def may_claim(room: Room, role: Role | None) -> bool:
    """Become the founder of a room that has none."""
    return room.founder_id is None and role is not None and role.operator


def may_invite(room: Room, role: Role | None) -> bool:
    return role is not None and (role >= Role.OPERATOR or not room.has("i"))


def invite_opens(role: Role) -> bool:
    """Whether an invitation by somebody of that role lets its owner in; any other only tells them of the room."""
    return role.operator


def may_revoke_invite(role: Role, *, own: bool) -> bool:
    return role.operator or own


def may_list_invites(role: Role | None) -> bool:
    """Of a room: who is invited, and by whom."""
    return role is not None and role.operator


def may_hear_of_invites(role: Role | None) -> bool:
    """That others were invited."""
    return role is not None and role.operator


def may_stay(room: Room, role: Role, actor: Actor) -> bool:
    """Whether a guest who turns out to be the actor remains in a room, where the guest had this role."""
    return role.operator or not banned(room, actor)


def may_be_renamed(room: Room, role: Role, actor: Actor) -> bool:
    """Whether a member may change what everybody there is shown of them: not to get around a ban."""
    return role >= Role.VOICE or not banned(room, actor)


def may_list_bans(role: Role | None) -> bool:
    """And the other lists."""
    return role is not None


def may_read_room_metadata(room: Room, role: Role | None) -> bool:
    """By who may see the room; a room by invitation only tells it to those who are in."""
    return role is not None or not room.has("i")


def may_set_room_metadata(role: Role | None, *, admin: bool) -> bool:
    return admin or (role is not None and role >= Role.OPERATOR)


def may_set_metadata_of(person: Actor, actor: Actor, *, admin: bool) -> bool:
    """Everybody their own."""
    return admin or person.key == actor.key


def may_log_in(account: Account, now: int) -> bool:
    """`now`: ms since 1970 UTC."""
    return account.active(now)


def may_grant_access(*, by_password: bool) -> bool:
    """Add something that logs in to one's account: who came by a device token or a certificate has to show the
    password first, or whoever stole these would keep the account when they are removed."""
    return by_password


def stays(account: Account | None, *, always_on: bool) -> bool:
    """Whether a person remains in their rooms while no connection of theirs is open: guests never do, accounts as
    they have chosen, or else as the server is configured."""
    if account is None:
        return False
    return always_on if account.persistence == "default" else account.persistence == "on"


def may_operate(account: Account | None, now: int) -> bool:
    """Be an operator of the server, by showing this account and its password. It is asked again for each thing that
    operators do."""
    return account is not None and account.admin and account.active(now)


def may_kill(operator: Account | None, now: int) -> bool:
    """Close other people's connections."""
    return may_operate(operator, now)


def may_tell_operators(operator: Account | None, now: int) -> bool:
    return may_operate(operator, now)


def may_reload(operator: Account | None, now: int) -> bool:
    """Have the configuration read again."""
    return may_operate(operator, now)


def may_send_password(allowed: str, *, secure: bool, local: bool) -> bool:
    """Whether a password may come this way. `allowed` as configured: unencrypted passwords may come from
    `everywhere`, or only from the `local` machine."""
    return secure or local or allowed == "everywhere"


def may_register(registration: str, *, local: bool, invited: bool = False) -> bool:
    """`registration` as configured: open, local (from the server's own machine, and the invited), invite (nobody
    but the invited) or closed."""
    return registration == "open" or (registration == "local" and local) or (invited and registration != "closed")


def may_invite_to_server(account: Account | None, now: int) -> bool:
    """Invite others to make an account."""
    return account is not None and account.admin and account.active(now)


def may_take_part(actor: Actor, *, guests: bool) -> bool:
    return actor.account is not None or guests


def first_role(room: Room, actor: Actor, *, created: bool, admin: bool) -> Role:
    """The role somebody joins with: who made the room is its operator, then and later; admins, where nobody did."""
    if created or (admin and room.founder_id is None):
        return Role.OPERATOR
    return Role.OPERATOR if is_founder(room, actor) else Role.MEMBER


def banned(room: Room, actor: Actor, *, since: int | None = None) -> bool:
    """On the list of bans (by those that were set at a time or later, if one is given: ms since 1970 UTC) and not
    on that of exceptions. The founder never is."""
    if not room.bans or is_founder(room, actor):
        return False
    bans = room.bans if since is None else [ban for ban in room.bans if ban.set_at >= since]
    return _on(bans, actor) and not _on(room.exceptions, actor)


def muted(room: Room, actor: Actor) -> bool:
    """Silenced by a mute that no exception, to bans or to mutes, lifts. The founder never is."""
    if not room.bans or is_founder(room, actor) or not _on(room.bans, actor, mutes=True):
        return False
    return not _on(room.exceptions, actor) and not _on(room.exceptions, actor, mutes=True)


def _on(entries: Sequence[Ban], actor: Actor, *, mutes: bool = False) -> bool:
    """Whether one of the masks fits; of the mutes, or of those that are none."""
    masks = (ban.mask for ban in entries if ban.mask.startswith(MUTE) is mutes)
    return any(mask_matches(mask.removeprefix(MUTE), actor) for mask in masks)


def may_find(room_shared: bool, *, invisible: bool) -> bool:
    """Whether a mask, or a list of members seen from outside, shows somebody."""
    return room_shared or not invisible
