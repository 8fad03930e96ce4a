"""The small pictures of link previews. Their URLs can't be guessed, and what one has never changes."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from chatstore.api.errors import problem
from chatstore.chat.model.errors import StoreError
from chatstore.chat.model.previews import FOLDER
from chatstore.net.http import HttpError, Request, Response, Route


def picture_route(find: Callable[[str], tuple[str, bytes] | None]) -> Route:
    """`GET /previews/<token>`. `find` returns the media type and the bytes."""

    def picture(request: Request) -> Response:
        try:
            found = find(request.values["image"])
        except StoreError as error:
            raise problem(error.refusal) from None
        if found is None:
            raise HttpError(HTTPStatus.NOT_FOUND, detail="there is no such preview any more")
        media_type, data = found
        headers = {
            "Content-Type": media_type,
            "Content-Disposition": "inline",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, max-age=604800, immutable",
        }
        return Response(HTTPStatus.OK, headers, data)

    return Route("GET", f"/{FOLDER}/{{image}}", picture)
