"""The doors: which address is spoken at in which way.

| door | layers, outermost first | framing | conversation |
|---|---|---|---|
| irc | first words | lines | IRC |
| ircs | TLS, first words | lines | IRC |
| web | WebSocket | lines | IRC |
| wss | TLS, WebSocket | lines | IRC |
| plain | first words | lines, telnet | plain |

Before all of them, a PROXY header where the peer is one of our proxies (the listener adds it).
"""

from __future__ import annotations

import errno
import logging
import platform
import threading
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from chatstore.config import DOORS, OFF, Config, address
from chatstore.irc.line import MAX_BODY, MAX_TAGS
from chatstore.net.addresses import Admission, Networks, shown
from chatstore.net.first_words import FirstWords
from chatstore.net.framing import LineFraming, TelnetFraming
from chatstore.net.holder import holder
from chatstore.net.http import Site, last_response
from chatstore.net.layers import Layer
from chatstore.net.listener import Bounds, Door, Listener, Spoken
from chatstore.net.loop import Loop
from chatstore.net.tls import Certificate, CertificateError, TlsLayer, stamp
from chatstore.net.websocket import Gate, WebSocketLayer

log = logging.getLogger(__name__)

_NOT_ASKED = "clients can't log in by a certificate (SASL EXTERNAL): this Python (%s) offers no way to ask for one"
_DAY = 86_400
_LAST_DAYS = 14
_ENDLESS_LINE = 16 * 1024
_WITH_TLS = ("ircs", "wss")
_WEB = Path(__file__).parent / "web"


class DoorError(Exception):
    """A door can't be opened; the message is one line for whoever started the server."""


class Doors:
    """Listeners by the door's name, once open() has bound them. `healthy` answers /healthz."""

    def __init__(
        self,
        config: Config,
        loop: Loop,
        irc: Spoken,
        plain: Spoken,
        healthy: Callable[[], bool],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._config = config
        self._loop = loop
        self._irc = irc
        self._plain = plain
        self._site = Site(_WEB, healthy, name=config.server.network)
        self._gate = Gate(self._site.answer, *_welcome(config))
        self._bounds = Bounds(
            send_queue=config.limits.send_queue,
            most=config.limits.connections,
            handshake=config.limits.handshake_seconds,
            receive_queue=config.limits.receive_queue,
            admission=Admission(config.limits.connections_per_address, Networks(config.limits.unlimited_addresses)),
            arrivals=Admission(config.limits.requests_per_address, Networks(config.limits.unlimited_addresses)),
            proxies=Networks(config.listen.proxies),
            web_proxies=Networks(config.web.forwarded_from),
        )
        self._certificate: Certificate | None = None
        self._refused: object = None
        """The stamp of changed files that can't be used; told once."""
        self._certificate_lock = threading.Lock()
        self._clock, self._warn_at = clock, 0.0
        self.listeners: dict[str, Listener] = {}

    @property
    def asks_for_certificates(self) -> bool:
        """Whether clients can show who they are by a certificate."""
        return self._certificate is not None and self._certificate.asks_clients

    def open(self) -> None:
        """Bind everything that is on. Raises DoorError; what was bound stays so until it is closed."""
        self._certificate = self._load_certificate(self._config)
        if self._certificate is not None:
            self._tell_of(self._certificate)
        doors = self._doors()
        for name in DOORS:
            where = address(getattr(self._config.listen, name))
            if where is None:
                continue
            try:
                self.listeners[name] = Listener(*where, self._loop, doors[name], self._bounds)
            except OSError as error:
                raise DoorError(
                    f"cannot listen on {shown(*where)}: {_why(error, where[1])}; "
                    f"choose another address with --{name} HOST:PORT"
                ) from None

    def obey(self, config: Config) -> None:
        """Take over what may change while the doors are open, for those who come from now on; the certificate's
        files are read again. Raises DoorError when they can't be used, and then nothing is changed."""
        with self._certificate_lock:
            certificate = self._load_certificate(config)
            self._config, self._certificate = config, certificate
        limits = config.limits
        self._bounds.send_queue = limits.send_queue
        self._bounds.most = limits.connections
        self._bounds.handshake = limits.handshake_seconds
        self._bounds.receive_queue = limits.receive_queue
        self._bounds.proxies = Networks(config.listen.proxies)
        self._bounds.web_proxies = Networks(config.web.forwarded_from)
        self._bounds.admission.most = limits.connections_per_address
        self._bounds.arrivals.most = limits.requests_per_address
        self._bounds.admission.exempt = self._bounds.arrivals.exempt = Networks(limits.unlimited_addresses)
        self._gate.allow(*_welcome(config))

    def look_after_certificate(self) -> None:
        """Take files that have changed since they were read, and warn in the last days of a certificate. Reads
        files, so it is for a worker; call it again and again. A pair of which only one half is there yet is tried
        again."""
        # A look in a worker and a reload may come at once: an old pair must not replace the new one, and a warning
        # that is due is given once.
        with self._certificate_lock:
            old = self._certificate
            if old is None:
                return
            tls = self._config.tls
            found = stamp(Path(tls.certificate).expanduser(), Path(tls.key).expanduser())
            if found not in (old.stamp, self._refused):
                try:
                    self._certificate = self._load_certificate(self._config)
                except DoorError as error:
                    self._refused = found
                    log.error("the changed certificate can't be used, and the one before goes on: %s", error)
                else:
                    log.info("the certificate has changed: those who come from now on are shown the new one")
            certificate = self._certificate
            if certificate is not None and self._clock() >= self._warn_at:
                self._tell_of(certificate)

    def _tell_of(self, certificate: Certificate) -> None:
        """Warn of what is wrong with it, at the start and once a day."""
        now, tls = self._clock(), self._config.tls
        self._warn_at = now + _DAY
        if tls.client_certificates and not certificate.asks_clients:
            log.warning(_NOT_ASKED, platform.python_version())
        if certificate.expires is None:
            return
        left = certificate.expires - now
        day = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(certificate.expires))
        if left <= 0:
            log.warning("the certificate %s expired at %s: clients refuse it", tls.certificate, day)
        elif left < _LAST_DAYS * _DAY:
            log.warning("the certificate %s expires at %s, within %d days", tls.certificate, day, -(-left // _DAY))

    def _load_certificate(self, config: Config) -> Certificate | None:
        tls = config.tls
        needing = [name for name in _WITH_TLS if getattr(config.listen, name) != OFF]
        if not needing:
            return None
        if not tls.certificate or not tls.key:
            raise DoorError(
                f"listen.{needing[0]} needs a certificate: set tls.certificate and tls.key "
                "(chatstore certificate create makes a pair for trying out)"
            )
        certificate, key = Path(tls.certificate).expanduser(), Path(tls.key).expanduser()
        try:
            return Certificate(certificate, key, ask_clients=tls.client_certificates)
        except CertificateError as error:
            raise DoorError(str(error)) from None

    def _doors(self) -> dict[str, Door]:
        longest = self._config.limits.message_length
        irc_lines = partial(LineFraming, MAX_TAGS + MAX_BODY, _ENDLESS_LINE)
        plain_lines = partial(TelnetFraming, longest, max(longest, _ENDLESS_LINE))
        return {
            "irc": Door(irc_lines, self._irc, _error_line, lambda: [FirstWords()]),
            "ircs": Door(
                irc_lines,
                self._irc,
                _error_line,
                lambda: [self._tls(_NOT_HERE, asking=True), FirstWords()],
                _nothing,
            ),
            "web": Door(
                irc_lines,
                self._irc,
                _error_line,
                lambda: [WebSocketLayer(self._gate)],
                _unavailable,
                by_http=True,
            ),
            "wss": Door(
                irc_lines,
                self._irc,
                _error_line,
                lambda: [
                    self._tls(_NO_HTTPS, asking=self._config.tls.browser_certificates),
                    WebSocketLayer(self._gate),
                ],
                _nothing,
                by_http=True,
            ),
            "plain": Door(plain_lines, self._plain, _plain_line, lambda: [FirstWords()]),
        }

    def _tls(self, plaintext: bytes, *, asking: bool) -> Layer:
        """`asking`: for a certificate of the client's. Browsers aren't asked unless that is wanted: they show
        people a choice of certificates, and end a WebSocket of another page's at once."""
        certificate = self._certificate
        assert certificate is not None
        context = certificate.asking if asking and certificate.asks_clients else certificate.context
        return TlsLayer(context, plaintext)


def _welcome(config: Config) -> tuple[list[str], list[str], Networks]:
    """For the gate: pages that may connect by WebSocket (those that are listed, and our own where it is found by
    another name), the names that are ours, and the proxies that are believed."""
    url = urlsplit(config.web.url)
    origins = [*config.web.origins, *([f"{url.scheme}://{url.netloc}"] if config.web.url else [])]
    names = [config.server.name] if config.named else []
    return origins, names, Networks(config.web.forwarded_from)


def _why(error: OSError, port: int) -> str:
    """`in use by ngircd (pid 812)` where that can be seen."""
    if error.errno != errno.EADDRINUSE:
        return error.strerror or str(error)
    by = holder(port)
    return f"in use by {by}" if by else "in use by another program"


def _error_line(why: str) -> bytes:
    return f"ERROR :{why}\r\n".encode()


def _plain_line(why: str) -> bytes:
    return f"-- {why}\n".encode()


def _unavailable(why: str) -> bytes:
    return last_response(HTTPStatus.SERVICE_UNAVAILABLE, why, Retry_After="5")


def _nothing(_why: str) -> bytes:
    """Where TLS is spoken, nothing can be said before the handshake."""
    return b""


_NOT_HERE = _error_line("this port is for TLS")
_NO_HTTPS = last_response(HTTPStatus.BAD_REQUEST, "this port is for TLS")
