"""`chatstore certificate`: a certificate for trying TLS out."""

from __future__ import annotations

import datetime
import ipaddress
import os
from pathlib import Path

import click

from chatstore.cli.options import fail
from chatstore.cli.output import done
from chatstore.net.tls import fingerprint_of

_DAYS = 825
"""Some clients accept no certificate that is valid for longer."""


@click.group()
def certificate() -> None:
    """Make a certificate to try TLS with."""


@certificate.command("create", short_help="Make a self-signed certificate.")
@click.option(
    "--host", default="localhost", show_default=True, metavar="NAME", help="The host name that clients connect to."
)
@click.option(
    "--out",
    default=".",
    show_default=True,
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the two files.",
)
def create(host: str, out: Path) -> None:
    """Make a self-signed certificate and its private key: DIR/NAME.pem and DIR/NAME.key.

    Clients do not trust it unless they are told to. For a public server, get a certificate from an
    authority, such as Let's Encrypt.
    """
    try:
        pem, key = _self_signed(host)
    except ValueError:
        fail(f"not a host name or address: {host!r}")
    certificate_file, key_file = out / f"{host}.pem", out / f"{host}.key"
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path in (certificate_file, key_file):
            if path.exists():
                fail(f"{path} already exists; it is not overwritten")
        _write(key_file, key, 0o600)
        _write(certificate_file, pem, 0o644)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")
    done(
        f"""made {certificate_file} and {key_file}
SHA-256 {fingerprint_of(certificate_file)}
In chatstore.toml:
[listen]
ircs = "127.0.0.1:6697"
[tls]
certificate = "{certificate_file.absolute()}"
key = "{key_file.absolute()}"
sts = false  # until clients trust the certificate"""
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    """A new file: one that has appeared meanwhile is not overwritten either."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)


def _self_signed(host: str) -> tuple[bytes, bytes]:
    """The certificate and its key, both PEM. Raises ValueError."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    if not host or "/" in host or len(host) > 64:
        raise ValueError(host)
    names: list[x509.GeneralName] = []
    try:
        names.append(x509.IPAddress(ipaddress.ip_address(host)))
    except ValueError:
        names.append(x509.DNSName(host))
    if host == "localhost":
        names += [x509.IPAddress(ipaddress.ip_address(each)) for each in ("127.0.0.1", "::1")]
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), private
