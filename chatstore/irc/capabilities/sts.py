"""Clients must connect with TLS. Without TLS the value is the port to use; with TLS, for how many seconds to
remember it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.irc.capabilities import Capability

if TYPE_CHECKING:
    from chatstore.irc.client import Client


def _here(client: Client) -> str | None:
    """Offered only to clients that understand values and that can connect with IRC's own TLS, not by the
    web."""
    sts = client.server.access.sts
    if sts is None or client.by_web or client.cap_version < 302:
        return None
    return f"duration={sts.seconds}" if client.session.secure else f"port={sts.port}"


CAPABILITY = Capability("sts", "IRCv3 sts", value=lambda _: "port=6697", here=_here, requestable=False)
