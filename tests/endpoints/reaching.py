"""IRC clients that come by TLS and by WebSocket."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
from collections import deque
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol
from websockets.uri import parse_uri

from tests.running import SECONDS, IrcClient, Running


class Pair(NamedTuple):
    certificate: Path
    key: Path

    @property
    def fingerprint(self) -> str:
        return x509.load_pem_x509_certificate(self.certificate.read_bytes()).fingerprint(hashes.SHA256()).hex()


def make_pair(folder: Path, name: str) -> Pair:
    """A self-signed certificate for localhost and 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pair = Pair(folder / f"{name}.pem", folder / f"{name}.key")
    pair.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pair.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return pair


def trusting(server: Pair | None = None, own: Pair | None = None) -> ssl.SSLContext:
    """What a client begins TLS with: it trusts this certificate (None: any), and shows its own."""
    context = ssl.create_default_context(cafile=str(server.certificate) if server else None)
    if server is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if own is not None:
        context.load_cert_chain(own.certificate, own.key)
    return context


class TlsClient(IrcClient):
    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        super().__init__("127.0.0.1", port)
        self.tls = self._socket = context.wrap_socket(self._socket, server_hostname="localhost")


class WebClient(IrcClient):
    """With the client of `websockets`; a line is a message."""

    def __init__(
        self,
        url: str,
        *subprotocols: str,
        host: str = "",
        origin: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`host`: the one that is asked for, if it is another one than the URL's."""
        self._open = ExitStack()
        address = urlsplit(url)
        if host:
            url = f"{address.scheme}://{host}{address.path}"
        sock = socket.create_connection((address.hostname, address.port), SECONDS)
        self.web: ClientConnection = self._open.enter_context(
            connect(
                url,
                sock=sock,
                origin=Origin(origin) if origin else None,
                additional_headers=headers,
                subprotocols=[Subprotocol(each) for each in subprotocols] or None,
                open_timeout=SECONDS,
                proxy=None,
            )
        )
        self.log: list[str] = []
        self.nick = ""

    def send(self, *lines: str) -> None:
        for line in lines:
            self.web.send(line if self.web.subprotocol != "binary.ircv3.net" else line.encode())

    def line(self) -> str:
        try:
            said = self.web.recv(timeout=SECONDS)
        except ConnectionClosed:
            raise EOFError from None
        text = said if isinstance(said, str) else said.decode()
        assert "\n" not in text
        assert "\r" not in text
        self.log.append(text)
        return text

    def close(self) -> None:
        self._open.close()


class CrowdClient(IrcClient):
    """One of many by WebSocket: without the thread that `websockets` has for each."""

    def __init__(
        self,
        port: int,
        context: ssl.SSLContext | None = None,
        *,
        path: str = "/",
        origin: str | None = None,
        headers: Mapping[str, str] | None = None,
        source: str = "",
    ) -> None:
        super().__init__("127.0.0.1", port, source)
        if context is not None:
            self._socket = context.wrap_socket(self._socket, server_hostname="localhost")
        url = parse_uri(f"{'ws' if context is None else 'wss'}://localhost:{port}{path}")
        self._web = ClientProtocol(url, origin=Origin(origin) if origin else None)
        self._lines: deque[str] = deque()
        request = self._web.connect()
        request.headers.update(headers or {})
        self._web.send_request(request)
        self._flush()
        while self._web.state is State.CONNECTING:
            self._receive()

    def send(self, *lines: str) -> None:
        for line in lines:
            self._web.send_text(line.encode())
        self._flush()

    def line(self) -> str:
        while not self._lines:
            self._receive()
        self.log.append(self._lines.popleft())
        return self.log[-1]

    def _flush(self) -> None:
        self._socket.sendall(b"".join(self._web.data_to_send()))

    def _receive(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise EOFError
        self._web.receive_data(data)
        for event in self._web.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._lines.append(event.data.decode())


class OpenServer(Running):
    """A server with every endpoint open; `connect()` comes by `way`."""

    way = "irc"
    pair: Pair

    def connect(self) -> IrcClient:
        return self.come(self.way)

    def come(self, way: str, own: Pair | None = None) -> IrcClient:
        port = self.port(way.partition(" ")[0])
        if way == "irc":
            return IrcClient("127.0.0.1", port)
        context = trusting(self.pair, own)
        if way == "ircs":
            return TlsClient(port, context)
        if way.startswith("wss"):  # one thread: two in one SSLSocket, as WebClient has, get stuck now and then
            return CrowdClient(port, context)
        if way == "web crowd":
            return CrowdClient(port)
        kind = way.partition(" ")[2] or "text"
        return WebClient(f"ws://127.0.0.1:{port}/", f"{kind}.ircv3.net")
