"""Files over HTTP: upload, fetch, list and remove. The upload is what IRC clients know as FILEHOST.

`POST /files` takes a file as its body: nothing is wrapped in a form. The name is in Content-Disposition; what
kind of file it is, the server finds out by itself. `GET /files` lists one's own. `/files/<token>/<name>` is the
file: the token is its id, the name is for people.

What is served may have been made to attack. So no browser shows it as a page of this server: a few types that
can't hold a script are shown, everything else is saved; the policy forbids whatever the content might still try;
and the type is what the content is, not what somebody said.

Specs: soju.im/FILEHOST (soju, doc/ext/filehost.md); RFC 9110 (methods, conditions, ranges), RFC 6266 (names), RFC
9457 (problems), RFC 4918 section 11.5 (507)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urljoin

from msgspec import Struct

from chatstore.api.access import Access, close
from chatstore.api.errors import own_problem
from chatstore.api.operations import Operation
from chatstore.api.reading import Wrong, invalid
from chatstore.api.vocabulary import time_text, to_json
from chatstore.chat.model.errors import ChatError, Code, StoreError
from chatstore.chat.model.files import (
    FOLDER,
    THUMBNAIL,
    FileLimits,
    ServedFile,
    StoredFile,
    address_of,
    thumbnail_of,
)
from chatstore.chat.session import Chat, Session
from chatstore.chat.session.files import Upload as Arriving
from chatstore.chat.session.files import find_file
from chatstore.media.looking import THUMBNAIL_TYPE
from chatstore.media.types import is_picture, shown_inline
from chatstore.net.disposition import disposition, named
from chatstore.net.http import FileBody, HttpError, Request, Response, Route, Upload, conditional

POLICY = "sandbox; default-src 'none'"
MOST = 200
"""Files of one page of the list."""
_KEPT = "max-age=86400, immutable"
"""What has a URL never changes, but it may be removed: then no cache has it for longer than a day."""
_DIGITS = 18


class File(Struct, omit_defaults=True, kw_only=True, frozen=True):
    """A file. `id` is the token in its URL. `type`: its media type, by its content. `size`: bytes. `width`,
    `height`: pixels of a picture. `thumbnail`: the URL of a smaller picture."""

    id: str
    name: str
    type: str
    size: int
    url: str
    time: str
    sha256: str
    width: int = 0
    height: int = 0
    thumbnail: str = ""


class Usage(Struct, frozen=True):
    """How much one has uploaded (`used` bytes of `quota`, `files` of `files_limit`), and what one file may have
    (`file_limit` bytes)."""

    used: int
    quota: int
    files: int
    files_limit: int
    file_limit: int


class FileList(Struct, frozen=True):
    """One's own files, the latest first. `before`: asks for the next page; null on the last one."""

    files: list[File]
    before: str | None
    usage: Usage


class FilesQuery(Struct, frozen=True):
    """Which of one's files. `before`: from the page before; `limit`: at most so many."""

    before: str = ""
    limit: int = 50


OPERATIONS = [
    Operation(
        "POST",
        f"/{FOLDER}",
        None,
        "Upload a file",
        "The body is the file itself, with its name in Content-Disposition. Its Location is what to send.",
        gives=File,
        status=HTTPStatus.CREATED,
        codes=[Code.FILES_OFF, Code.TOO_LARGE, Code.QUOTA, Code.NO_SPACE, Code.TOO_OFTEN],
        id="uploadFile",
        tag="files",
        upload=("*/*",),
    ),
    Operation(
        "GET",
        f"/{FOLDER}",
        None,
        "List one's files",
        "The latest first, with what they use of one's quota.",
        query=FilesQuery,
        gives=FileList,
        id="listFiles",
        tag="files",
    ),
    Operation(
        "DELETE",
        f"/{FOLDER}/{{id}}",
        None,
        "Remove a file",
        "Its URL leads nowhere from then on. Administrators remove anybody's.",
        status=HTTPStatus.NO_CONTENT,
        codes=[Code.NO_SUCH_FILE],
        id="removeFile",
        tag="files",
    ),
]
"""For the OpenAPI file: the routes are the door's own."""


class FilesDoor:
    """The handlers. `page`: the URL of the server's page, which the URLs of files begin with."""

    def __init__(self, chat: Chat, access: Access, page: Callable[[], str]) -> None:
        self._chat, self._access, self._page = chat, access, page

    def routes(self) -> Sequence[Route]:
        """Everything below /files."""
        most = lambda: self._chat.policy.files.file_bytes  # noqa: E731 - REHASH may change it
        one, called = f"/{FOLDER}/{{id}}", f"/{FOLDER}/{{id}}/{{name}}"
        return [
            Route("OPTIONS", f"/{FOLDER}", self.describe),
            Route("POST", f"/{FOLDER}", self.upload, Upload(most)),
            Route("GET", f"/{FOLDER}", self.list),
            Route("GET", one, self.fetch),
            Route("GET", called, self.fetch),
            Route("GET", f"{one}/{THUMBNAIL}", self.thumbnail),
            Route("DELETE", one, self.remove),
            Route("DELETE", called, self.remove),
        ]

    # Uploading.

    def describe(self, _request: Request) -> Response:
        """What may be posted: FILEHOST, "Servers MUST accept OPTIONS requests"."""
        most = str(self._chat.policy.files.file_bytes)
        allowed = {"Allow": "GET, HEAD, OPTIONS, POST", "Accept-Post": "*/*", "Upload-Limit": f"max-size={most}"}
        return Response(HTTPStatus.NO_CONTENT, allowed)

    def upload(self, request: Request) -> _Receiving:
        """Begin to receive a file, if it may come."""
        session = self._access.open(request, question=False)
        try:
            _check_body(request)
            name, size = named(request.headers.get("content-disposition", "")), _length(request)
            return _Receiving(self, request, session, session.files.begin(name, size))
        except (ChatError, StoreError) as error:
            close(session)
            raise self._access.problem(error, request) from None
        except BaseException:
            close(session)
            raise

    def created(self, file: StoredFile) -> Response:
        """The answer to an upload."""
        told = self._told(file)
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store", "Location": told.url}
        return Response(HTTPStatus.CREATED, headers, to_json(told))

    def problem(self, error: ChatError | StoreError, request: Request) -> HttpError:
        """The answer to an upload that is refused on its way."""
        return self._access.problem(error, request)

    # One's own.

    def list(self, request: Request) -> Response:
        """The account's files, and how much they use."""
        before, limit = _number(request, "before"), min(_number(request, "limit") or 50, MOST)
        with self._access.session(request) as session:
            found = session.files.mine(before, limit + 1)
            usage = _usage(session.files.limits())
        more = str(found[limit - 1].id) if len(found) > limit else None
        told = FileList([self._told(file) for file in found[:limit]], more, usage)
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        return Response(HTTPStatus.OK, headers, to_json(told))

    def remove(self, request: Request) -> Response:
        """Remove a file, one's own or as an administrator: its URL leads nowhere from now on."""
        token = request.values["id"]
        with self._access.session(request) as session:
            try:
                session.files.remove(token).result()
            except ChatError as error:
                if error.code is not Code.NO_SUCH_FILE or not session.own_account.admin:
                    raise
                session.administration.remove_file(token).result()
        return Response(HTTPStatus.NO_CONTENT)

    # Fetching.

    def fetch(self, request: Request) -> Response:
        """A file."""
        served = self._find(request)
        file = served.file
        return self._serve(request, file, served.path, file.size, file.media_type, file.digest)

    def thumbnail(self, request: Request) -> Response:
        """A smaller picture of a picture; a small picture is its own. `most`: the most bytes that it may have."""
        most, served = _number(request, "most"), self._find(request)
        file = served.file
        if served.thumbnail is not None:
            tag = f"{file.digest}.small"
            return self._serve(request, file, served.thumbnail, file.thumbnail, THUMBNAIL_TYPE, tag)
        if is_picture(file.media_type) and (most is None or file.size <= most):
            return self._serve(request, file, served.path, file.size, file.media_type, file.digest)
        raise own_problem("no-thumbnail", "this file has no smaller picture: fetch the file itself")

    def _find(self, request: Request) -> ServedFile:
        token = request.values["id"]
        if self._members_only:
            with self._access.session(request) as session:
                return session.files.find(token)
        try:
            return find_file(self._chat, token, None)
        except (ChatError, StoreError) as error:
            raise self._access.problem(error, request) from None

    @property
    def _members_only(self) -> bool:
        return self._chat.policy.files.access == "members"

    def _serve(
        self, request: Request, file: StoredFile, path: Path, size: int, media_type: str, tag: str
    ) -> Response:
        if not path.is_file():
            raise own_problem("content-missing", "the content of this file is lost: chatstore doctor says more")
        private = self._members_only
        headers = {
            "Content-Type": f"{media_type}; charset=utf-8" if media_type == "text/plain" else media_type,
            "Content-Disposition": disposition("inline" if shown_inline(media_type) else "attachment", file.name),
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin" if private else "cross-origin",
            "Cache-Control": f"private, {_KEPT}" if private else f"public, {_KEPT}",
        }
        if private:
            headers["Vary"] = "Authorization"
        response = Response(HTTPStatus.OK, headers, FileBody(path, 0, size))
        return conditional(request, response, tag, file.uploaded_at / 1000)

    # In JSON.

    def _told(self, file: StoredFile) -> File:
        url = urljoin(self._page(), address_of(file))
        return File(
            id=file.token,
            name=file.name,
            type=file.media_type,
            size=file.size,
            url=url,
            time=time_text(file.uploaded_at),
            sha256=file.digest,
            width=file.width,
            height=file.height,
            thumbnail=urljoin(self._page(), thumbnail_of(file)) if file.thumbnail else "",
        )


class _Receiving:
    """A file that arrives: net.http's Receiver."""

    def __init__(self, door: FilesDoor, request: Request, session: Session, upload: Arriving) -> None:
        self._door, self._request, self._session, self._upload = door, request, session, upload
        self._empty = True

    def write(self, data: bytes) -> None:
        """Take some of it."""
        self._empty = self._empty and not data
        try:
            self._upload.write(data)
        except ChatError as error:
            raise self._door.problem(error, self._request) from None

    def finish(self) -> Response:
        """Store it. Whether the token still counts is asked with that."""
        if self._empty:
            raise _empty_file()
        try:
            file = self._upload.finish()
        except (ChatError, StoreError) as error:
            raise self._door.problem(error, self._request) from None
        close(self._session)
        return self._door.created(file)

    def abandon(self) -> None:
        """Forget it."""
        try:
            self._upload.abandon()
        finally:
            close(self._session)


def _check_body(request: Request) -> None:
    """Refuse what would be stored as something else than the file. Raises HttpError."""
    if request.media_type.startswith("multipart/"):
        detail = "send the file itself as the body, with its name in Content-Disposition, and no form around it"
        raise own_problem("form", detail, {"Accept-Post": "*/*"})
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise own_problem("encoded", "send the file without Content-Encoding", {"Accept-Encoding": "identity"})
    if "content-range" in request.headers:
        raise own_problem("part", "send the whole file at once: parts of files are not put together")
    if _length(request) == 0:
        raise _empty_file()


def _empty_file() -> HttpError:
    return own_problem("empty-file", "the file is empty: nothing is stored")


def _length(request: Request) -> int | None:
    """The length of the body, as the client says; None if it does not."""
    if "transfer-encoding" in request.headers:
        return None
    text = request.headers.get("content-length", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0


def _number(request: Request, name: str) -> int | None:
    """A number of the query. Raises HttpError."""
    text = (request.query.get(name) or [""])[-1]
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text) > 0):
        raise invalid(Wrong("parameter", name, "expected a whole number above 0"))
    return int(text)


def _usage(limits: FileLimits) -> Usage:
    return Usage(
        limits.used_bytes, limits.account_bytes, limits.used_files, limits.account_files, limits.file_bytes
    )
