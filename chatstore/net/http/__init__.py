"""HTTP: what handlers see of it, and what speaks it.

messages: requests and responses · routes: the table of handlers · exchanges: bytes, without a socket ·
conditional: validators and ranges · origins: which pages may ask · site: the page's files ·
bulk: pieces of large files give way · counting: what was answered · protocol: one connection ·
service: what all connections share
"""

from chatstore.net.http.conditional import conditional
from chatstore.net.http.counting import Answered, RequestCounts
from chatstore.net.http.messages import (
    BadRequestError,
    EventStream,
    FileBody,
    HttpError,
    Request,
    Response,
    Stream,
    plain_response,
    problem,
)
from chatstore.net.http.routes import NO_BODY, Body, Receiver, Route, Upload

__all__ = [
    "NO_BODY",
    "Answered",
    "BadRequestError",
    "Body",
    "EventStream",
    "FileBody",
    "HttpError",
    "Receiver",
    "Request",
    "RequestCounts",
    "Response",
    "Route",
    "Stream",
    "Upload",
    "conditional",
    "plain_response",
    "problem",
]
