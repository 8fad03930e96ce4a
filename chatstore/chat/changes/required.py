"""What changes require before they do anything. Each function returns what it found, or raises ChatError."""

from __future__ import annotations

from chatstore.chat.model.accounts import Account, ended_because
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import WaitingForAdmins
from chatstore.chat.model.names import Name, looks_taken, person_name, required_free
from chatstore.chat.model.rooms import Role, Room, direct_key
from chatstore.chat.model.tokens import PASSWORD_CHANGED
from chatstore.chat.ports import Touched, Transaction
from chatstore.chat.ports.accounts import AccountsReader
from chatstore.chat.rules import permissions


def account_of(tx: Transaction, actor: Actor) -> Account | None:
    """The actor's account as it is now; None for guests and the server."""
    return tx.accounts.by_id(actor.account_id) if actor.account_id is not None else None


def required_active(tx: Transaction, actor: Actor) -> Account | None:
    """The actor's account, or None for a guest. SUSPENDED if the account was suspended or removed meanwhile."""
    account = account_of(tx, actor)
    if account is not None and not permissions.may_log_in(account, tx.now):
        text = ended_because(account.status, until=account.suspended_until)
        raise ChatError(Code.SUSPENDED, text, account.name)
    return account


def required_own_account(tx: Transaction, account_id: int) -> Account:
    """The account. Raises SUSPENDED if it is suspended or removed."""
    account = tx.accounts.by_id(account_id)
    if account is None or not permissions.may_log_in(account, tx.now):
        raise ChatError(Code.SUSPENDED, "this account is not active")
    return account


def required_room(tx: Transaction, room_id: int) -> Room:
    """The room with this id. Raises NO_SUCH_ROOM."""
    room = tx.rooms.by_id(room_id)
    if room is None:
        raise ChatError(Code.NO_SUCH_ROOM, "there is no such room")
    return room


def required_member(tx: Transaction, room_id: int, actor: Actor) -> tuple[Room, Role]:
    """The room, and the actor's role in it. Raises NO_SUCH_ROOM, NOT_A_MEMBER."""
    room, member = required_room(tx, room_id), tx.members.get(room_id, actor)
    if member is None:
        raise ChatError(Code.NOT_A_MEMBER, "you are not in this room", room.name)
    return room, member.role


def required_conversation(tx: Transaction, actor: Actor, target: int | Actor | str, shown: str) -> int:
    """The id of a conversation that the actor may read: the room with this id, or the direct conversation with a
    person (somebody here, or the folded name of an account). `shown`: as the actor sees it. Raises NO_SUCH_ROOM,
    NO_SUCH_PERSON."""
    if isinstance(target, int):
        room, member = tx.rooms.by_id(target), tx.members.get(target, actor)
        if room is None or not permissions.may_read(room, member.role if member else None, actor):
            raise ChatError(Code.NO_SUCH_ROOM, "there is no such room", shown)
        return room.id
    other = required_person(tx, target)
    room = tx.rooms.keyed(direct_key(actor.key, other.key))
    if room is None:
        raise ChatError(Code.NO_SUCH_PERSON, f"nothing was said between you and {other.nick} yet", shown)
    return room.id


def required_person(tx: Transaction, target: Actor | str) -> Actor:
    """The person, if they are here or have an account with this folded name. Raises NO_SUCH_PERSON."""
    if isinstance(target, Actor):
        return target
    account = tx.accounts.named(target)
    if account is None or not account.active(tx.now):
        raise ChatError(Code.NO_SUCH_PERSON, "there is nobody of that name", target)
    return Actor(account.nick, account.name, account.id)


def required_account(tx: Transaction, name: Name) -> Account:
    """The account of this name, in whatever state but removed. Raises NO_SUCH_PERSON."""
    account = tx.accounts.named(name.folded)
    if account is None or account.status == "removed":
        raise ChatError(Code.NO_SUCH_PERSON, f"there is no account {name.shown}", name.shown)
    return account


def required_owned(tx: Transaction, name: Name) -> Account:
    """The account of this name, if somebody has it. Raises NO_SUCH_PERSON, also for a placeholder."""
    account = required_account(tx, name)
    if account.status == "placeholder":
        text = f"{name.shown} stands for somebody whose messages were imported: give these to an account (chatstore"
        text += f" account claim), or make it one by a link (chatstore account reset {name.shown})"
        raise ChatError(Code.NO_SUCH_PERSON, text, name.shown)
    return account


def required_no_bot(account: Account) -> Account:
    """The account, if it is not a bot's. Raises NO_SUCH_PERSON."""
    if account.bot:
        text = f"{account.name} is a bot: it logs in by tokens alone, and is nobody's but its owner's"
        raise ChatError(Code.NO_SUCH_PERSON, text, account.name)
    return account


def required_epoch(account: Account, epoch: int) -> None:
    """Raise WRONG_CREDENTIALS if the account's password has changed since it was shown."""
    if account.epoch != epoch:
        raise ChatError(Code.WRONG_CREDENTIALS, PASSWORD_CHANGED, account.name)


def claim_nick(tx: Transaction, actor: Actor) -> None:
    """Give the person their nick. Raises NAME_TAKEN if somebody else has it, at another server."""
    if not tx.nicks.claim(person_name(actor.nick).folded, actor):
        raise ChatError(Code.NAME_TAKEN, "somebody here has that name already", actor.nick)


def required_guest_nick(accounts: AccountsReader, name: Name) -> None:
    """Check the nick of a guest. Raises NAME_TAKEN if an account has it, INVALID_NAME if it looks like the name of
    one."""
    like = accounts.looking_like(name)
    if like is not None:
        if accounts.named(name.folded) is not None:
            raise ChatError(Code.NAME_TAKEN, "that name belongs to an account: log in, or take another", name.shown)
        raise looks_taken(name, like.name)


def operator_required(room: Room) -> ChatError:
    return ChatError(Code.OPERATOR_REQUIRED, "you are not an operator of this room", room.name)


def required_own_name(tx: Transaction, name: Name) -> None:
    """Check the name of a new account. Raises NAME_TAKEN if an account has or had it; INVALID_NAME if it
    looks like another account's name, or the server's."""
    required_free(name)
    if tx.accounts.named(name.folded) is not None:
        raise ChatError(Code.NAME_TAKEN, "that name is taken", name.shown)
    required_own_look(tx, name, None)


def required_own_look(tx: Transaction, name: Name, account_id: int | None) -> None:
    """Raise INVALID_NAME if the name looks like another account's."""
    other = tx.accounts.looking_like(name)
    if other is not None and other.id != account_id:
        raise looks_taken(name, other.name)


def acting_member(tx: Transaction, room_id: int, actor: Actor) -> tuple[Room, Role]:
    """The room and the actor's role in it; the server itself counts as an operator. Raises NO_SUCH_ROOM,
    NOT_A_MEMBER."""
    if actor is not SERVER:
        return required_member(tx, room_id, actor)
    room = required_room(tx, room_id)
    return room, Role.OPERATOR


def announce_waiting(tx: Transaction) -> None:
    """Tell the administrators how much waits for them."""
    tx.announce(WaitingForAdmins(len(tx.accounts.asked_from()), tx.reports.count_open()))


# What changes say that they touch.


def touching_person(actor: Actor) -> Touched:
    """The person's account, and all of their rooms."""
    return Touched([actor.account_id] if actor.account_id is not None else [], people=[actor])


def touching_account(tx: Transaction, name: Name) -> Touched:
    """The account of this name."""
    account = tx.accounts.named(name.folded)
    return Touched([account.id] if account is not None else [])


def touching_with_bots(tx: Transaction, name: Name) -> Touched:
    """The account of this name, and its bots."""
    account = tx.accounts.named(name.folded)
    return (
        Touched([account.id, *(bot.id for bot in tx.accounts.bots_of(account.id))])
        if account is not None
        else Touched()
    )
