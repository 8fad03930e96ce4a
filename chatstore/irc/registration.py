"""What a client has told of itself before it takes part. Spec: Modern, "Connection Registration"."""

from __future__ import annotations

from dataclasses import dataclass, field

from chatstore.irc.sasl import Response

NEED_ACCOUNT = "this server is for accounts: log in with SASL, or with the server password set to ACCOUNT:PASSWORD"


@dataclass
class Registration:
    """`negotiating`: CAP LS or CAP REQ came, and CAP END did not yet; `negotiated`: it did, ever. `done`: it was
    welcomed. `warned`: it can't be without an account, and was told so."""

    nick: str = ""
    user: str = ""
    realname: str = ""
    password: str = ""
    negotiating: bool = False
    negotiated: bool = False
    warned: bool = False
    done: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything that is needed has been said, and the welcome has not."""
        return bool(self.nick and self.user) and not self.negotiating and not self.done


@dataclass
class Sasl:
    """An exchange in progress: the mechanism that was chosen, the chunks so far."""

    mechanism: str = ""
    response: Response = field(default_factory=Response)
