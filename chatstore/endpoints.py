"""The endpoints: what is spoken at which address.

| endpoint | layers, outermost first | framing | protocol |
|---|---|---|---|
| irc | cross-protocol guard | lines | IRC |
| ircs | TLS, cross-protocol guard | lines | IRC |
| web | (none), WebSocket | pieces, lines | HTTP, IRC |
| wss | TLS, WebSocket | pieces, lines | HTTP, IRC |
| plain | cross-protocol guard | lines, telnet | plain |

A connection of a web endpoint begins with HTTP, and a request may make it a WebSocket.

Besides them, `metrics` answers HTTP requests of Prometheus. It has limits of its own, so that a server which
is full can be watched, and it stays open while the server drains.

If the peer is one of the configured proxies, a PROXY header comes before all of them (the acceptor adds the
layer).
"""

from __future__ import annotations

import errno
import logging
import platform
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from chatstore.config import ENDPOINTS, METRICS, OFF, Config, address
from chatstore.irc.line import MAX_BODY, MAX_TAGS
from chatstore.net.acceptor import Acceptor, AcceptorSettings, Endpoint, ProtocolFactory
from chatstore.net.addresses import is_loopback, shown
from chatstore.net.cross_protocol import CrossProtocolGuard
from chatstore.net.framing import LineFraming, Pieces, TelnetFraming
from chatstore.net.http import Request, RequestCounts, Response, Route
from chatstore.net.http.exchanges import last_response
from chatstore.net.http.origins import Origins
from chatstore.net.http.protocol import HttpProtocol
from chatstore.net.http.service import Service
from chatstore.net.http.site import Site
from chatstore.net.layers import Layer
from chatstore.net.loop import Loop
from chatstore.net.port_user import port_user
from chatstore.net.tls import Certificate, CertificateError, TlsLayer, stamp
from chatstore.net.workers import FairWorkers
from chatstore.server_warnings import Warnings
from chatstore.urls import Networks

log = logging.getLogger(__name__)

_NOT_ASKED = "clients can't log in with a certificate (SASL EXTERNAL): this Python (%(python)s) can't ask for one"
_DAY = 86_400
_LAST_DAYS = 14
_MAX_ENDLESS_LINE = 16 * 1024
_METRICS_CONNECTIONS = 64
_METRICS_QUEUE = 4 * 1024 * 1024
"""Bytes that may wait to be sent to Prometheus."""
_WITH_TLS = ("ircs", "wss")
_WEB = Path(__file__).parent / "web"


class EndpointError(Exception):
    """An endpoint can't be opened. The message is one line for the operator."""


class Endpoints:
    """The endpoints of a server, and the acceptors of those that are on.

    `irc` and `plain` make the protocol of a connection. `down` answers /healthz and `unready` /readyz (see
    Site): in the I/O thread, and they must not block; nor must `metrics`, which answers at the address for
    Prometheus.
    `warnings` is told of a certificate that expires, or can't be used. `clock`: seconds since 1970 UTC, for a
    certificate's expiry.
    """

    def __init__(
        self,
        config: Config,
        loop: Loop,
        irc: ProtocolFactory,
        plain: ProtocolFactory,
        down: Callable[[], str],
        unready: Callable[[], str],
        metrics: Callable[[Request], Response],
        warnings: Warnings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._config = config
        self._loop = loop
        self._irc = irc
        self._plain = plain
        has_page = config.listen.web != OFF or config.listen.wss != OFF
        site = Site(_WEB if has_page else None, down, unready, name=config.server.network)
        self._origins = Origins()
        self._settings = settings = AcceptorSettings(config.limits.send_queue, config.limits.connections)
        self._http = Service(
            loop,
            site.answer,
            self._origins,
            framing=partial(LineFraming, MAX_TAGS + MAX_BODY, _MAX_ENDLESS_LINE),
            streams=settings.connections_per_address,
            banned=lambda address: settings.banned(address),
            handshake=lambda: settings.handshake,
            receive_queue=lambda: settings.receive_queue,
        )
        self._apply(config)
        self._certificate: Certificate | None = None
        self._refused: object = None
        """The stamp of changed files that can't be used, so that they are logged once."""
        self._doubted: object = None
        """The stamp of changed files that could not be used at the last look: perhaps they are still written."""
        self._certificate_lock = threading.Lock()
        self._metrics = metrics
        self._warnings = warnings
        self._clock, self._warn_at = clock, 0.0
        self.acceptors: dict[str, Acceptor] = {}
        self.metrics: Acceptor | None = None
        """The acceptor of the address for Prometheus."""

    @property
    def pool(self) -> FairWorkers:
        """The threads of the routes' handlers."""
        return self._http.pool

    @property
    def requests(self) -> RequestCounts:
        """The requests that the web endpoints have answered."""
        return self._http.counts

    @property
    def expires(self) -> float | None:
        """When the certificate expires (seconds since 1970 UTC); None if there is none, or it does not say."""
        return self._certificate.expires if self._certificate is not None else None

    def open(self) -> None:
        """Bind all endpoints that are on. Raises EndpointError; what was bound before stays bound."""
        self._certificate = self._load_certificate(self._config)
        if self._certificate is not None:
            self._warn_of(self._certificate)
        endpoints = self._endpoints()
        for name in ENDPOINTS:
            where = address(getattr(self._config.listen, name))
            if where is not None:
                another = f"--{name} HOST:PORT"
                self.acceptors[name] = self._bound(*where, endpoints[name], self._settings, another)
        where = address(self._config.listen.metrics)
        if where is not None:
            service = Service(self._loop, self._metrics)
            endpoint = Endpoint(Pieces, partial(HttpProtocol, service), _unavailable)
            settings = AcceptorSettings(_METRICS_QUEUE, _METRICS_CONNECTIONS, receive_queue=2)
            self.metrics = self._bound(*where, endpoint, settings, f"[listen] {METRICS}")
            if not is_loopback(self.metrics.address[0]):
                log.warning(
                    "everybody who reaches %(address)s can read the metrics",
                    {"event": "metrics-exposed", "address": shown(*self.metrics.address)},
                )

    def _bound(
        self, host: str, port: int, endpoint: Endpoint, settings: AcceptorSettings, another: str
    ) -> Acceptor:
        try:
            return Acceptor(host, port, self._loop, endpoint, settings)
        except OSError as error:
            raise EndpointError(
                f"cannot listen on {shown(host, port)}: {_why(error, port)}; choose another address with {another}"
            ) from None

    def reconfigure(self, config: Config) -> None:
        """Take over the settings that may change while endpoints are open; they count for new connections.
        Reads the certificate's files again. Raises EndpointError if they can't be used; then nothing has
        changed."""
        with self._certificate_lock:
            certificate = self._load_certificate(config)
            self._config, self._certificate = config, certificate
            self._warnings.clear("new-certificate")
            if certificate is not None:
                self._warn_of(certificate)
        self._apply(config)

    def serve(self, routes: Sequence[Route]) -> None:
        """Answer requests at the web endpoints by these routes, beside those that are there already."""
        self._http.serve(routes)

    def stop(self) -> None:
        """Wait for the handlers of routes that run. Blocks. No connection may be left that asks."""
        self._http.stop()

    def give_way(self, busy: Callable[[], bool]) -> None:
        """Let large files take their time while `busy` says so. It must not block."""
        self._http.busy = busy

    def refuse(self, banned: Callable[[str], str]) -> None:
        """Turn away clients from addresses for which `banned` returns a reason. It must not block."""
        self._settings.banned = banned

    def _apply(self, config: Config) -> None:
        """The settings that all endpoints share."""
        settings, limits = self._settings, config.limits
        settings.send_queue = limits.send_queue
        settings.max_connections = limits.connections
        settings.handshake = limits.handshake_seconds
        settings.receive_queue = limits.receive_queue
        settings.proxies = Networks(config.listen.proxies)
        settings.web_proxies = Networks(config.web.forwarded_from)
        for limit, most in (
            (settings.connections_per_address, limits.connections_per_address),
            (settings.requests_per_address, limits.requests_per_address),
        ):
            limit.most, limit.exempt = most, Networks(limits.unlimited_addresses)
        self._origins.allow(*_welcome(config))

    def check_certificate(self) -> None:
        """Load the certificate's files if they have changed, and warn before it expires. Called again and
        again, in a worker, because it reads files. If only one of the two files is new yet, or is half written,
        the pair can't be used: that is a warning if it is still so at the next look."""
        # Two threads may be here or in reconfigure() at once. Under the lock, a pair that was read earlier
        # does not replace a newer one, and a warning that is due is logged once.
        with self._certificate_lock:
            old = self._certificate
            if old is None:
                return
            tls = self._config.tls
            found = stamp(Path(tls.certificate).expanduser(), Path(tls.key).expanduser())
            if found not in (old.stamp, self._refused):
                try:
                    self._certificate = self._load_certificate(self._config)
                except EndpointError as error:
                    if found == self._doubted:
                        self._refused = found
                        self._warnings.set(
                            "new-certificate",
                            f"the new certificate can't be used; the previous one stays in use: {error}",
                        )
                    self._doubted = found
                else:
                    self._warnings.clear("new-certificate")
                    self._warn_at = 0.0
                    log.info(
                        "the certificate has changed; new connections use the new one",
                        {"event": "certificate-changed"},
                    )
            certificate = self._certificate
            if certificate is not None and self._clock() >= self._warn_at:
                self._warn_of(certificate)

    def _warn_of(self, certificate: Certificate) -> None:
        """Log what is wrong with a certificate: at the start, and once a day."""
        now, tls = self._clock(), self._config.tls
        self._warn_at = now + _DAY
        if tls.client_certificates and not certificate.asks_clients:
            log.warning(_NOT_ASKED, {"event": "certificates-not-asked", "python": platform.python_version()})
        if certificate.expires is None:
            self._warnings.clear("certificate")
            return
        left = certificate.expires - now
        day = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(certificate.expires))
        if left <= 0:
            self._warnings.set(
                "certificate", f"the certificate {tls.certificate} expired at {day}: clients refuse it"
            )
        elif left < _LAST_DAYS * _DAY:
            within = f"within {-(-left // _DAY):.0f} days"
            self._warnings.set("certificate", f"the certificate {tls.certificate} expires at {day}, {within}")
        else:
            self._warnings.clear("certificate")

    def _load_certificate(self, config: Config) -> Certificate | None:
        tls = config.tls
        needing = [name for name in _WITH_TLS if getattr(config.listen, name) != OFF]
        if not needing:
            return None
        if not tls.certificate or not tls.key:
            raise EndpointError(
                f"listen.{needing[0]} needs a certificate: set tls.certificate and tls.key "
                "(chatstore certificate create makes a self-signed pair)"
            )
        certificate, key = Path(tls.certificate).expanduser(), Path(tls.key).expanduser()
        try:
            return Certificate(certificate, key, ask_clients=tls.client_certificates)
        except CertificateError as error:
            raise EndpointError(f"[tls] {error}") from None

    def _endpoints(self) -> dict[str, Endpoint]:
        longest = self._config.limits.message_length
        irc_lines = partial(LineFraming, MAX_TAGS + MAX_BODY, _MAX_ENDLESS_LINE)
        plain_lines = partial(TelnetFraming, longest, max(longest, _MAX_ENDLESS_LINE))
        return {
            "irc": Endpoint(irc_lines, self._irc, _error_line, lambda: [CrossProtocolGuard()]),
            "ircs": Endpoint(
                irc_lines,
                self._irc,
                _error_line,
                lambda: [self._tls(_NOT_HERE, asking=True), CrossProtocolGuard()],
                _nothing,
            ),
            "web": Endpoint(
                irc_lines,
                self._irc,
                _error_line,
                early_refusal=_unavailable,
                http=partial(HttpProtocol, self._http),
            ),
            "wss": Endpoint(
                irc_lines,
                self._irc,
                _error_line,
                lambda: [self._tls(_NO_HTTPS, asking=self._config.tls.browser_certificates)],
                _nothing,
                http=partial(HttpProtocol, self._http),
            ),
            "plain": Endpoint(plain_lines, self._plain, _plain_line, lambda: [CrossProtocolGuard()]),
        }

    def _tls(self, plaintext: bytes, *, asking: bool) -> Layer:
        """A TLS layer. `asking`: ask the client for a certificate. Browsers are asked only if the operator
        wants it: they show people a choice of certificates, and end a WebSocket of a page of another origin
        at once."""
        certificate = self._certificate
        assert certificate is not None
        context = certificate.asking if asking and certificate.asks_clients else certificate.context
        return TlsLayer(context, plaintext)


def _welcome(config: Config) -> tuple[list[str], list[str], Networks]:
    """The gate's settings: the origins that may connect by WebSocket (those listed, and the page's own where
    it is found by another name), the names of this server, and the trusted proxies."""
    url = urlsplit(config.web.url)
    origins = [*config.web.origins, *([f"{url.scheme}://{url.netloc}"] if config.web.url else [])]
    names = [config.server.name] if config.named else []
    return origins, names, Networks(config.web.forwarded_from)


def _why(error: OSError, port: int) -> str:
    """The reason why a port can't be bound: `in use by ngircd (pid 812)`, where that can be seen."""
    if error.errno != errno.EADDRINUSE:
        return error.strerror or str(error)
    by = port_user(port)
    return f"in use by {by}" if by else "in use by another program"


def _error_line(why: str) -> bytes:
    return f"ERROR :{why}\r\n".encode()


def _plain_line(why: str) -> bytes:
    return f"-- {why}\n".encode()


def _unavailable(why: str) -> bytes:
    return last_response(HTTPStatus.SERVICE_UNAVAILABLE, why, Retry_After="5")


def _nothing(_why: str) -> bytes:
    """Nothing: before a TLS handshake there is no way to say something."""
    return b""


_NOT_HERE = _error_line("this port is for TLS")
_NO_HTTPS = last_response(HTTPStatus.BAD_REQUEST, "this port is for TLS")
