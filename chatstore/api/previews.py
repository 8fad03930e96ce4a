"""The small pictures of link previews. Their URLs can't be guessed, and what one has never changes."""

from __future__ import annotations

from http import HTTPStatus

from chatstore.chat.model.previews import FOLDER
from chatstore.chat.ports.previews import PreviewsReader
from chatstore.net.http import HttpError, Request, Response, Route


def picture_route(previews: PreviewsReader) -> Route:
    """`GET /previews/<token>`."""

    def picture(request: Request) -> Response:
        found = previews.picture(request.values["image"])
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
