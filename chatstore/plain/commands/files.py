"""The command about the files that one has uploaded. Uploading needs another program: docs/files.md."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from chatstore.amounts import counted, sized
from chatstore.chat.model.files import address_of, token_in
from chatstore.plain.commands import command, wrong_use

if TYPE_CHECKING:
    from chatstore.plain.client import Client

_MOST = 50


@command(
    "files", "[remove URL]", "list the files that you have uploaded, or remove one", blocking=True, question="bare"
)
def files(client: Client, argument: str) -> None:
    own = client.session.files
    if argument:
        word, _, url = argument.partition(" ")
        if word.lower() != "remove" or not url.strip():
            raise wrong_use("files")
        client.tell(f"{own.remove(token_in(url.strip())).result().name} was removed.")
        return
    limits, page = own.limits(), client.server.page
    for file in own.mine(None, _MOST):
        client.tell(f"{urljoin(page, address_of(file))} ({file.name}, {sized(file.size)})")
    used, quota = sized(limits.used_bytes), sized(limits.account_bytes)
    client.tell(f"You have {counted(limits.used_files, 'file')}, {used} of {quota}.")
