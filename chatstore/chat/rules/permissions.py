"""Who may do what. These are pure questions; sessions, live delivery and changes ask them, and nothing else
decides.

Each question takes what is stored (the room, the person's role in it or None for an outsider, the person) and
answers yes or no. `join_refusal`, `redact_refusal` and `post_refusal` say why not.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.hooks import Hook, State
from chatstore.chat.model.invitations import AccountInvitation
from chatstore.chat.model.masks import mask_matches
from chatstore.chat.model.peace import Peace
from chatstore.chat.model.room_events import AUDIENCES
from chatstore.chat.model.room_settings import By
from chatstore.chat.model.rooms import MUTE, Ban, Role, Room, direct_persons
from chatstore.chat.model.server_bans import network_in


def is_founder(room: Room, actor: Actor) -> bool:
    """Whether the room belongs to this person's account. A guest founds nothing, because guests end with
    their connection."""
    return room.founder_id is not None and actor.account_id == room.founder_id


def may_read(room: Room, role: Role | None, actor: Actor) -> bool:
    """Whether somebody may read the room: live lines, history, targets, export. A room is for its members, a
    direct conversation for its two persons."""
    if room.direct:
        return actor.key in direct_persons(room.key)
    return role is not None


def readable_from(room: Room, joined_seq: int | None) -> int:
    """The first seq that a person who passes may_read() may read. `joined_seq` is the seq of their latest
    join, so leaving and coming back never shows more than staying would have."""
    if room.direct or room.history == "everyone":
        return room.first_seq
    return max(room.first_seq, joined_seq if joined_seq is not None else room.last_seq + 1)


def may_hear(audience: str, role: Role | None) -> bool:
    """Whether somebody of this role may read what is said to this audience (see events.py), live and in the
    history."""
    return not audience or (role is not None and (role.operator or (audience == "+" and role.voiced)))


def may_read_event(
    room: Room, role: Role | None, joined_seq: int | None, actor: Actor, seq: int, audience: str
) -> bool:
    """Whether somebody may read this event of a room's history. `joined_seq`: see readable_from()."""
    readable = may_read(room, role, actor) and seq >= readable_from(room, joined_seq)
    return readable and may_hear(audience, role)


def readable_audiences(role: Role | None) -> tuple[str, ...] | None:
    """The audiences whose messages somebody of this role may read; None for all."""
    heard = tuple(audience for audience in ("", *AUDIENCES) if may_hear(audience, role))
    return None if len(heard) > len(AUDIENCES) else heard


def may_post(room: Room, role: Role | None, actor: Actor, audience: str = "") -> bool:
    """Whether somebody may send messages, notices and tags. Only members may speak to a part of the members."""
    if room.direct:
        return actor.key in direct_persons(room.key)
    if role is None and (audience or room.has("n")):
        return False
    if speaks_freely(role):
        return True
    return not room.has("m") and not banned(room, actor) and not muted(room, actor)


def may_manage_bot(bot: Account, by: Account | None, now: int) -> bool:
    """Whether an account may make and remove the tokens of a bot, and remove it: its owner, and administrators."""
    return by is not None and by.active(now) and (bot.owner_id == by.id or by.admin)


def may_relay(role: Role | None, actor: Actor) -> bool:
    """Whether somebody may pass on what others say elsewhere under their names: operators, and bots to which the
    operators have given voice."""
    return role is not None and (role >= Role.OPERATOR or (actor.bot and role >= Role.VOICE))


def speaks_freely(role: Role | None) -> bool:
    """Whether this role speaks in spite of bans, mutes and the room's own demands on its members."""
    return role is not None and role >= Role.VOICE


def waits(room: Room, role: Role | None) -> bool:
    """Whether slow mode makes this role wait between two messages."""
    return room.slowmode > 0 and not speaks_freely(role)


def post_refusal(room: Room, actor: Actor, role: Role | None) -> ChatError:
    """The error for somebody whom may_post() has refused."""
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
    """Why an outsider may not join; None if they may. `invited_at` is when an operator invited them, in ms
    since 1970 UTC (see invite_opens). Such an invite overrides every mode once, but no ban that was set after
    it."""
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
    """Whether this person may know of the room: its name, topic and members."""
    return role is not None or (not room.direct and not room.has("s"))


def redact_refusal(
    role: Role | None, actor: Actor, author: Actor, *, admin: bool, age: float, window: float
) -> Code | None:
    """Why somebody may not redact a message that they can read; None if they may. `age` is the message's age,
    and `window` how long its author may redact it; both in seconds. A room has operators; a direct
    conversation has none."""
    if admin or (role is not None and role >= Role.OPERATOR):
        return None
    if not actor.key or author.key != actor.key:
        return Code.REDACT_FORBIDDEN
    return Code.REDACT_WINDOW_EXPIRED if age > window else None


def may_pin(role: Role | None) -> bool:
    """Whether somebody may pin messages of a room."""
    return role is not None and role >= Role.OPERATOR


def may_call_all(role: Role | None) -> bool:
    """Whether what somebody says may mention everybody in a room."""
    return role is not None and role.operator


def edit_refusal(actor: Actor, author: Actor, *, age: float, window: float) -> Code | None:
    """Why somebody may not edit a message that they can read; None if they may. Nobody edits what others said.
    `age` is the message's age, and `window` how long its author may edit it; both in seconds."""
    if not actor.key or author.key != actor.key:
        return Code.EDIT_FORBIDDEN
    return Code.EDIT_WINDOW_EXPIRED if age > window else None


def may_set_topic(room: Room, role: Role | None) -> bool:
    return role is not None and (role >= Role.OPERATOR or not room.has("t"))


def may_set_modes(role: Role | None) -> bool:
    return role is not None and role >= Role.OPERATOR


def may_become_operator(room: Room, role: Role | None, actor: Actor) -> bool:
    """Whether somebody may make themselves an operator. The founder may, after giving the role up."""
    return role is not None and is_founder(room, actor)


def may_take_operator(room: Room, actor: Actor, target: Actor) -> bool:
    """Whether an operator may take the operator role from somebody. Only the founder can take it from the
    founder."""
    return not is_founder(room, target) or actor.key == target.key


def may_kick(room: Room, role: Role | None, actor: Actor, target: Actor) -> bool:
    """Whether somebody may kick a member. Operators may, but nobody can kick the founder."""
    return role is not None and role >= Role.OPERATOR and may_take_operator(room, actor, target)


def may_rename(role: Role | None) -> bool:
    return role is not None and role >= Role.OPERATOR


def may_configure(role: Role | None, by: By = "operators") -> bool:
    """Whether somebody may change a setting of the room. `by` comes from the setting's row in the table."""
    return role is not None and (by == "members" or role >= Role.OPERATOR)


def may_transfer(room: Room, actor: Actor, *, admin: bool) -> bool:
    """Whether somebody may give the room to another account."""
    return is_founder(room, actor) or admin


def may_claim(room: Room, role: Role | None) -> bool:
    """Whether somebody may become the founder of a room that has none."""
    return room.founder_id is None and role is not None and role.operator


def may_invite(room: Room, role: Role | None) -> bool:
    return role is not None and (role >= Role.OPERATOR or not room.has("i"))


def invite_opens(role: Role) -> bool:
    """Whether an invite by somebody of this role lets its owner join. Any other invite only tells them of the
    room."""
    return role.operator


def may_revoke_invite(role: Role, *, own: bool) -> bool:
    return role.operator or own


def may_list_invites(role: Role | None) -> bool:
    """Whether somebody may see who is invited to the room, and by whom."""
    return role is not None and role.operator


def may_hear_of_invites(role: Role | None) -> bool:
    """Whether somebody is told that others were invited."""
    return role is not None and role.operator


def may_stay(room: Room, role: Role, actor: Actor) -> bool:
    """Whether a guest who logs in stays in a room. `actor` is the account's actor, and `role` the role that
    the guest had there."""
    return role.operator or not banned(room, actor)


def may_be_renamed(room: Room, role: Role, actor: Actor) -> bool:
    """Whether a member may change their nick or realname. A banned member may not, because a new name would
    get around the ban."""
    return role >= Role.VOICE or not banned(room, actor)


def may_manage_hooks(role: Role | None) -> bool:
    """Whether somebody may see, make and remove the webhooks of a room."""
    return role is not None and role >= Role.OPERATOR


def hook_refusal(hook: Hook, now: int) -> str:
    """Why a webhook does not work at `now` (ms since 1970 UTC), in a sentence; empty if it does. It stands for the
    account that made it, which has to be able to make it still: otherwise an operator who was sent away would go on
    reading and speaking there by it."""
    if not hook.enabled:
        return "this webhook is off"
    if hook.account_id is None:
        return ""
    over = hook.owner_suspended_until is not None and hook.owner_suspended_until <= now
    if not (hook.owner_status == "active" or (hook.owner_status == "suspended" and over)):
        return f"the account of {hook.owner}, who owns this webhook, is not active: an operator can renew it"
    if not (hook.owner_admin or may_manage_hooks(hook.owner_role)):
        return f"{hook.owner}, who owns this webhook, is no operator of the room any more: an operator can renew it"
    return ""


def hook_state(hook: Hook, now: int) -> tuple[State, str]:
    """The state of a webhook, and what is wrong with it: why it may not work at `now`, or why it last failed."""
    if not hook.enabled:
        return "off", hook.error
    refusal = hook_refusal(hook, now)
    return "stopped" if refusal else "on", refusal or hook.error


def hook_may_post(room: Room, actor: Actor) -> bool:
    """Whether what a webhook says is said in the room. Operators have put it there, so it speaks in a moderated
    room; bans and mutes of its nick hold."""
    return not banned(room, actor) and not muted(room, actor)


def may_list_bans(role: Role | None) -> bool:
    """Whether somebody may read the lists of bans, ban exceptions and invite exceptions."""
    return role is not None


def may_read_room_metadata(room: Room, role: Role | None) -> bool:
    """Whether somebody may read the room's metadata. It is asked of people who may see the room; an
    invite-only room shows its metadata to members only."""
    return role is not None or not room.has("i")


def may_set_room_metadata(role: Role | None, *, admin: bool) -> bool:
    return admin or (role is not None and role >= Role.OPERATOR)


def may_set_metadata_of(person: Actor, actor: Actor, *, admin: bool) -> bool:
    """Whether somebody may set this person's metadata. Everybody may set their own."""
    return admin or person.key == actor.key


def may_log_in(account: Account, now: int) -> bool:
    """Whether the account may log in at `now` (ms since 1970 UTC)."""
    return account.active(now)


def may_grant_access(*, by_password: bool) -> bool:
    """Whether a session may add something that logs in to its account. It must have shown the password.
    Otherwise a thief of a device token or certificate could keep the account after that was removed."""
    return by_password


def stays(account: Account | None, *, always_on: bool) -> bool:
    """Whether a person remains in their rooms while they have no connection. Guests never do. Accounts do as
    they have chosen, or else as the server is configured."""
    if account is None:
        return False
    return always_on if account.persistence == "default" else account.persistence == "on"


def may_operate(account: Account | None, now: int) -> bool:
    """Whether somebody may be an operator of the server by this account. Each operator command asks again,
    because the account may have changed since."""
    return account is not None and account.admin and account.active(now)


def may_administer(account: Account | None, now: int) -> bool:
    """Whether somebody may administer the server: its people, rooms, invitations, bans, reports and audit log."""
    return may_operate(account, now)


def may_kill(operator: Account | None, now: int) -> bool:
    """Whether an operator may close other people's connections."""
    return may_operate(operator, now)


def may_tell_operators(operator: Account | None, now: int) -> bool:
    return may_operate(operator, now)


def may_reload(operator: Account | None, now: int) -> bool:
    """Whether an operator may reload the configuration."""
    return may_operate(operator, now)


def may_send_password(allowed: str, *, secure: bool, local: bool) -> bool:
    """Whether a password may be sent over this connection. `allowed` is the configured value: unencrypted
    passwords are accepted from `everywhere`, or only from the `local` machine."""
    return secure or local or allowed == "everywhere"


def may_register(registration: str, *, local: bool, invited: bool = False) -> bool:
    """Whether somebody may register an account. `registration` is the configured value: `open`, `approval`
    (the account waits until an administrator approves it; see must_wait), `local` (from
    the server's own machine, or with an invitation), `invite` (only with an invitation) or `closed`."""
    return (
        registration in ("open", "approval")
        or (registration == "local" and local)
        or (invited and registration != "closed")
    )


def must_wait(registration: str, *, invited: bool) -> bool:
    """Whether a new account can't log in before an administrator has approved it."""
    return registration == "approval" and not invited


def may_invite_to_server(account: Account | None, now: int) -> bool:
    """Whether somebody may invite others to register."""
    return account is not None and account.admin and account.active(now)


def may_use_invitation(
    invitation: AccountInvitation, maker: Account | None, target: Account | None, now: int
) -> bool:
    """Whether an invitation still works. `maker`: the account that has made it, which has to be an administrator's
    still; `target`: the account whose password it sets. A link for an ordinary account does not set the password
    of one that became an administrator's meanwhile; see may_manage."""
    if not invitation.usable(now) or (invitation.made_by is not None and not may_administer(maker, now)):
        return False
    return target is None or not target.admin or invitation.role == "admin"


def may_ban(mask: str, address: str, own: Sequence[Actor]) -> bool:
    """Whether an administrator may set this server-wide ban: not one that covers their own address, or
    themselves in one of the ways in which others see them."""
    network, here = network_in(mask), network_in(address)
    if network is not None:
        return here is None or here.version != network.version or not here.subnet_of(network)  # type: ignore[arg-type]
    return not any(mask_matches(mask, actor) for actor in own)


def may_report(actor: Actor, author: Actor) -> bool:
    """Whether somebody may report a message that they can read."""
    return actor.key != author.key


def may_lock_out(target: Account, by: int | None) -> bool:
    """Whether an administrator's account may suspend or remove this one, or make it an ordinary account: not
    itself, so that nobody locks themselves out by accident."""
    return target.id != by


def may_manage(account: Account, by: int | None, *, by_password: bool) -> bool:
    """Whether an administrator, whose account is `by`, may suspend or restore this account, sign its devices out,
    or make a link that sets its password. For another administrator's account they must have shown their own
    password: otherwise the thief of a device token could keep the server."""
    return by_password or not account.admin or account.id == by


def may_destroy(*, by_password: bool) -> bool:
    """Whether an administrator may do what nobody can undo: remove accounts and rooms, give a room away, have less
    of a room's history kept; see may_manage."""
    return by_password


def may_set_role(*, by_password: bool) -> bool:
    """Whether an administrator may make administrators, and take the role from others; see may_manage."""
    return by_password


def may_take_part(actor: Actor, *, guests: bool) -> bool:
    return actor.account is not None or guests


def first_role(room: Room, actor: Actor, *, created: bool, admin: bool) -> Role:
    """The role that somebody joins with. The person who made the room is its operator, then and later. Admins
    are operators of rooms without a founder."""
    if created or (admin and room.founder_id is None):
        return Role.OPERATOR
    return Role.OPERATOR if is_founder(room, actor) else Role.MEMBER


def banned(room: Room, actor: Actor, *, since: int | None = None) -> bool:
    """Whether a ban covers the person and no exception lifts it. `since` (ms since 1970 UTC) leaves out older
    bans. The founder is never banned."""
    if not room.bans or is_founder(room, actor):
        return False
    bans = room.bans if since is None else [ban for ban in room.bans if ban.set_at >= since]
    return _on(bans, actor) and not _on(room.exceptions, actor)


def muted(room: Room, actor: Actor) -> bool:
    """Whether a mute covers the person and no exception, to bans or to mutes, lifts it. The founder is never
    muted."""
    if not room.bans or is_founder(room, actor) or not _on(room.bans, actor, mutes=True):
        return False
    return not _on(room.exceptions, actor) and not _on(room.exceptions, actor, mutes=True)


def _on(entries: Sequence[Ban], actor: Actor, *, mutes: bool = False) -> bool:
    """Whether one of the masks covers the actor. `mutes` selects the entries that are mutes; otherwise only
    the others count."""
    masks = (ban.mask for ban in entries if ban.mask.startswith(MUTE) is mutes)
    return any(mask_matches(mask.removeprefix(MUTE), actor) for mask in masks)


def ignores(peace: Peace, actor: Actor) -> bool:
    """Whether an account ignores a person: its clients don't show what the person says, and it takes no direct
    messages, invites or rooms from them."""
    return actor.key in peace.ignored


def may_write_to(peace: Peace, actor: Actor, *, known: bool, operator: bool) -> bool:
    """Whether an account takes direct messages from a person. `known`: they share a room, or the account has
    written to them. `operator`: the person may be an operator of the server. Being ignored comes first."""
    if ignores(peace, actor):
        return False
    return operator or peace.direct == "everyone" or (peace.direct == "known" and known)


def unwelcome(target: Actor) -> ChatError:
    """The refusal of a message to somebody who does not want it. It does not say why."""
    return ChatError(Code.NOT_WELCOME, f"{target.nick} does not take direct messages from you", target.nick)


def may_find(room_shared: bool, *, invisible: bool) -> bool:
    """Whether a person is shown by a search for a mask, or in a list of members that an outsider reads."""
    return room_shared or not invisible
