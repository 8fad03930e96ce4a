"""The account's bots, which are accounts of programs, and their tokens: docs/bots.md."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from chatstore.api.account import AskedToken, named_rooms
from chatstore.api.operations import Answer, Call, Operations
from chatstore.api.vocabulary import NewToken, Time, time_if, time_text
from chatstore.chat.model.errors import Code
from chatstore.chat.model.scopes import SCOPES, Scope
from chatstore.chat.session.bots import BotShown

OPERATIONS = Operations()


class Bot(Struct, kw_only=True, frozen=True):
    """A bot. `owner`: an account; null for the server's own. `seen`: when it was connected last, or asked."""

    name: str
    owner: str | None
    status: str
    created: Time
    seen: Time | None
    tokens: int
    """How many tokens it has."""
    online: bool


class Bots(Struct, kw_only=True, frozen=True):
    bots: list[Bot]


class BotToken(Struct, kw_only=True, frozen=True):
    """A token by which a bot logs in."""

    id: int
    label: str
    created: Time
    used: Time | None
    online: bool
    """Whether a connection uses it."""
    scopes: list[Scope]
    rooms: list[str] | None
    """Where it may; null: everywhere."""


class BotTokens(Struct, kw_only=True, frozen=True):
    tokens: list[BotToken]


class WhichBots(Struct, forbid_unknown_fields=True, frozen=True):
    """`all`: the bots of all accounts, and the server's own: for administrators."""

    all: bool = False


class AskedBot(Struct, forbid_unknown_fields=True, frozen=True):
    """A bot to make. `server`: it is the server's own: for administrators."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    server: bool = False


@OPERATIONS.add("GET", "/account/bots", query=WhichBots, gives=Bots, codes=[Code.ADMIN_REQUIRED])
def bots(call: Call) -> Bots:
    """The account's bots, by name."""
    return Bots(bots=[_bot(each) for each in call.session.bots.list(everybodys=call.query.all)])


@OPERATIONS.add(
    "POST",
    "/account/bots",
    body=AskedBot,
    gives=Bot,
    status=201,
    codes=[Code.PASSWORD_REQUIRED, Code.INVALID_NAME, Code.NAME_TAKEN, Code.LIST_FULL, Code.ADMIN_REQUIRED],
)
def make_bot(call: Call) -> Answer:
    """Make a bot: an account that logs in by tokens alone. The request must come with the account's password."""
    own = call.session.bots
    made = own.add(call.body.name, servers_own=call.body.server).result()
    owner = "" if call.body.server else call.session.own_account.name
    shown = _bot(BotShown(made, owner, 0, online=False))
    return Answer(shown, headers={"Location": call.link(f"/account/bots/{made.name}")})


@OPERATIONS.add("DELETE", "/account/bots/{bot}", status=204, codes=[Code.NO_SUCH_BOT])
def remove_bot(call: Call) -> None:
    """Remove a bot for good. What it said stays."""
    call.session.bots.remove(call.value("bot")).result()


@OPERATIONS.add("GET", "/account/bots/{bot}/tokens", gives=BotTokens, codes=[Code.NO_SUCH_BOT])
def bot_tokens(call: Call) -> BotTokens:
    """The tokens of a bot, the oldest first. Their texts are not stored."""
    listed = [
        BotToken(
            id=token.id,
            label=token.label,
            created=time_text(token.created_at),
            used=time_if(token.last_used_at),
            online=online,
            scopes=[scope for scope in SCOPES if scope in token.grant.scopes],
            rooms=[*rooms] if (rooms := call.session.tokens.rooms_of(token.grant)) is not None else None,
        )
        for token, online in call.session.bots.tokens(call.value("bot"))
    ]
    return BotTokens(tokens=listed)


@OPERATIONS.add(
    "POST",
    "/account/bots/{bot}/tokens",
    body=AskedToken,
    gives=NewToken,
    status=201,
    codes=[Code.NO_SUCH_BOT, Code.PASSWORD_REQUIRED, Code.LIST_FULL],
)
def make_bot_token(call: Call) -> Answer:
    """Make a token of a bot. The request must come with the account's password. The token's text is in this answer
    and nowhere else."""
    body, bot = call.body, call.value("bot")
    added, text = call.session.bots.add_token(bot, body.label, body.scopes, named_rooms(body)).result()
    headers = {"Location": call.link(f"/account/bots/{{bot}}/tokens/{added.id}")}
    return Answer(NewToken(token=text, id=added.id, label=added.label), headers=headers)


@OPERATIONS.add(
    "DELETE", "/account/bots/{bot}/tokens", status=204, codes=[Code.NO_SUCH_BOT], id="remove_bot_tokens"
)
def remove_bot_tokens(call: Call) -> None:
    """Remove all tokens of a bot. Its connections end."""
    call.session.bots.revoke(call.value("bot"), None).result()


@OPERATIONS.add(
    "DELETE", "/account/bots/{bot}/tokens/{token}", status=204, codes=[Code.NO_SUCH_BOT, Code.NO_SUCH_TOKEN]
)
def remove_bot_token(call: Call) -> None:
    """Remove a token of a bot. The connections by it end."""
    number = call.number("token", Code.NO_SUCH_TOKEN, "this bot has no such token")
    call.session.bots.revoke(call.value("bot"), number).result()


def _bot(shown: BotShown) -> Bot:
    account = shown.account
    return Bot(
        name=account.name,
        owner=shown.owner or None,
        status=account.status,
        created=time_text(account.created_at),
        seen=time_if(account.last_seen_at),
        tokens=shown.tokens,
        online=shown.online,
    )
