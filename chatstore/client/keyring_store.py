"""Passwords and tokens in the system's keyring: macOS Keychain, Windows Credential Locker, Secret Service,
KWallet.

They are reached by the package keyring, an extra of chatstore, which is imported only when it is used.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from chatstore.client.address import Address


class KeyringError(Exception):
    """The keyring cannot be used. The message says why, and what helps."""


def is_installed() -> bool:
    return importlib.util.find_spec("keyring") is not None


def load(address: Address, name: str) -> str:
    """The secret of an account on this server; "" if there is none, or no keyring that works."""
    if not is_installed():
        return ""
    try:
        return _keyring().get_password(_service(address), name) or ""
    except Exception:  # backends raise errors of all kinds; the person is asked for the password then
        return ""


def save(address: Address, name: str, secret: str) -> None:
    """Raises KeyringError."""
    check()
    try:
        _keyring().set_password(_service(address), name, secret)
    except Exception as error:
        raise KeyringError(f"the keyring refuses the password: {error}") from error


def delete(address: Address, name: str) -> bool:
    """Whether there was a secret. Raises KeyringError."""
    check()
    if not load(address, name):
        return False
    try:
        _keyring().delete_password(_service(address), name)
    except Exception as error:
        raise KeyringError(f"the keyring does not delete the password: {error}") from error
    return True


def check() -> None:
    """Raises KeyringError if there is no keyring."""
    if not is_installed():
        raise KeyringError("no keyring: pip install 'chatstore[keyring]'")
    if getattr(_keyring().get_keyring(), "priority", 1) <= 0:
        raise KeyringError("this system has no keyring that works; --password-command can ask another program")


def _keyring() -> Any:
    return importlib.import_module("keyring")


def _service(address: Address) -> str:
    return f"chatstore {address}"
