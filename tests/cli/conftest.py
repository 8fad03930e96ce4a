from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.rooms import Room
from tests import running
from tests.cli.home import Home


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The local time zone, for all tests here."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Without a database at first."""
    home = Home(tmp_path)
    if running.cluster is not None:
        home.url = running.stands_for(home.path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("CHATSTORE_DATABASE_URL", home.url or str(home.path))
    monkeypatch.setenv("CHATSTORE_ACCOUNTS_BCRYPT_COST", "4")
    return home


@pytest.fixture
def main_room(home: Home) -> Room:
    return home.room("main")


@pytest.fixture
def alice(home: Home) -> Actor:
    return home.account("alice")


@pytest.fixture
def bob(home: Home) -> Actor:
    return home.account("bob")
