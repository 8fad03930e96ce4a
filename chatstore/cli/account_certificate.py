"""`chatstore account certificate`: by which client certificates an account can be logged in to (SASL EXTERNAL)."""

from __future__ import annotations

from pathlib import Path

import click

from chatstore.chat.changes.accounts import AddCertificate, RemoveCertificate
from chatstore.chat.model import accounts
from chatstore.chat.model.names import person_name
from chatstore.cli.database import find_account, reading, writing
from chatstore.cli.formats import table
from chatstore.cli.options import NOT_FOUND, fail, read_config, with_config
from chatstore.cli.output import Output, done, may_be_cut
from chatstore.cli.times import local_time
from chatstore.net.tls import CertificateError, fingerprint_of


@click.group()
def certificate() -> None:
    """Log in by client certificates (SASL EXTERNAL)."""


@certificate.command("add", short_help="Let a certificate log in to an account.")
@with_config
@click.argument("name")
@click.argument("certificate", metavar="FILE|FINGERPRINT")
def add(config_file: Path | None, database: str | None, name: str, certificate: str) -> None:
    """Let whoever shows this certificate log in to the account NAME: a file in PEM form, or its SHA-256."""
    fingerprint = _fingerprint(certificate)
    with writing(read_config(config_file, database)) as store:
        valid = person_name(find_account(store, name).name)
        changed = store.submit([AddCertificate(valid, fingerprint)]).result()
    done(f"{changed.name} can log in by the certificate {fingerprint}")


@certificate.command("list", short_help="List an account's certificates.")
@with_config
@click.argument("name")
def list_(config_file: Path | None, database: str | None, name: str) -> None:
    """Show the certificates of the account NAME."""
    with may_be_cut(), reading(read_config(config_file, database)) as store:
        found = store.accounts.certificates(find_account(store, name).id)
        cells = [(fingerprint, local_time(added_at)) for fingerprint, added_at in found]
        Output(machine=False).write(table(("SHA-256", "added"), cells))


@certificate.command("remove", short_help="Let a certificate log in no more.")
@with_config
@click.argument("name")
@click.argument("certificate", metavar="FILE|FINGERPRINT")
def remove(config_file: Path | None, database: str | None, name: str, certificate: str) -> None:
    """Let the account NAME be logged in to by this certificate no more."""
    fingerprint = _fingerprint(certificate)
    with writing(read_config(config_file, database)) as store:
        valid = person_name(find_account(store, name).name)
        removed = store.submit([RemoveCertificate(valid, fingerprint)]).result()
    if not removed:
        fail(f"{valid.shown} has no certificate {fingerprint}", NOT_FOUND)
    done(f"{valid.shown} can log in by that certificate no more")


def _fingerprint(text: str) -> str:
    """SHA-256 in lower-case hex, of a file or as it was given, with colons or without."""
    given = accounts.fingerprint(text)
    if given:
        return given
    try:
        return fingerprint_of(Path(text))
    except CertificateError as error:
        fail(str(error))
