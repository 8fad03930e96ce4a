"""What one logs in with, kept in the system's keyring: macOS Keychain, Windows Credential Locker, Secret
Service, KWallet. By the package keyring, an extra, which is imported only when it is used."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from chatstore.client.address import Address


class KeyringError(Exception):
    """It can't be kept; the message says why, and what helps."""


def is_installed() -> bool:
    return importlib.util.find_spec("keyring") is not None


def kept(address: Address, name: str) -> str:
    """What is kept for an account of this server, "" when nothing is, or no keyring works."""
    if not is_installed():
        return ""
    try:
        return _keyring().get_password(_service(address), name) or ""
    except Exception:  # backends raise what they like; a person is asked then
        return ""


def keep(address: Address, name: str, secret: str) -> None:
    """Raises SafekeepingError."""
    check()
    try:
        _keyring().set_password(_service(address), name, secret)
    except Exception as error:
        raise KeyringError(f"the system's keyring does not take it: {error}") from error


def forget(address: Address, name: str) -> bool:
    """Whether something was kept. Raises SafekeepingError."""
    check()
    if not kept(address, name):
        return False
    try:
        _keyring().delete_password(_service(address), name)
    except Exception as error:
        raise KeyringError(f"the system's keyring keeps it: {error}") from error
    return True


def check() -> None:
    """Raises SafekeepingError where there is no keyring."""
    if not is_installed():
        raise KeyringError("no keyring: pip install 'chatstore[keyring]'")
    if getattr(_keyring().get_keyring(), "priority", 1) <= 0:
        raise KeyringError("this system has no keyring that works; --password-command can ask another program")


def _keyring() -> Any:
    return importlib.import_module("keyring")


def _service(address: Address) -> str:
    return f"chatstore {address}"
