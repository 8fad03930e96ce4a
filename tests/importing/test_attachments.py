"""Where exporters put the bytes of attachments, and what hostile exports say of that."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from chatstore.importing.reading.files import UnreadableError, open_files
from chatstore.importing.source import Attachment, Message, Options
from chatstore.importing.sources import open_source
from tests.importing import test_discord, test_mattermost, test_slack, test_zulip
from tests.importing.exports import NOTHING, packed

MOST = 1000
"""The most bytes of an attachment."""


def attached(source: str, path: Path, options: Options = NOTHING) -> dict[str, bytes | None]:
    """The bytes of all attachments of an export, by their names; None for those that are missing. Nothing is a
    problem."""
    opened = open_source(source, path, options)
    try:
        items = list(opened)
        assert [item for item in items if type(item).__name__ == "Problem" and getattr(item, "lost", False)] == []
        found: dict[str, bytes | None] = {}
        for message in (item for item in items if isinstance(item, Message)):
            for one in message.attachments:
                if one.file is not None:
                    found[one.name] = bytes_of(opened.attached(one.file, MOST)) if one.file else None
        return found
    finally:
        opened.close()


def bytes_of(file: object) -> bytes:
    assert isinstance(file, io.BufferedReader)
    with file:
        return file.read()


# Where they are.


def mattermost_export(path: Path, folder: str, files: Mapping[str, bytes], **more: object) -> Path:
    post = test_mattermost.post("see", attachments=[{"path": "2024/noteam/plan.pdf"}, {"path": "lost/x.txt"}])
    lines = [test_mattermost.VERSION, *test_mattermost.PEOPLE, post]
    return packed(path, {f"{folder}import.jsonl": "\n".join(lines), **files, **more})


@pytest.mark.parametrize("name", ["export.zip", "export", "export.tar.gz"])
@pytest.mark.parametrize("folder", ["", "packed again/"])
def test_mattermost_has_them_in_data(tmp_path: Path, name: str, folder: str) -> None:
    path = mattermost_export(tmp_path / name, folder, {f"{folder}data/2024/noteam/plan.pdf": b"plan"})
    assert attached("mattermost", path) == {"plan.pdf": b"plan", "x.txt": None}


def test_mattermosts_jsonl_has_them_beside_it(tmp_path: Path) -> None:
    folder = mattermost_export(tmp_path / "x", "", {"data/2024/noteam/plan.pdf": b"plan", "lost/x.txt": b"private"})
    assert attached("mattermost", folder / "import.jsonl") == {"plan.pdf": b"plan", "x.txt": None}


def test_what_somebody_attached_is_no_export_of_mattermost(tmp_path: Path) -> None:
    other = "\n".join([test_mattermost.VERSION, *test_mattermost.PEOPLE, test_mattermost.post("injected")])
    files = {"data/2024/noteam/plan.pdf": b"plan", "data/a.jsonl": other.encode()}
    opened = open_source("mattermost", mattermost_export(tmp_path / "x.zip", "", files), NOTHING)
    assert [item.text for item in opened if isinstance(item, Message)] == ["see"]
    opened.close()


def file(number: str, name: str, **more: object) -> dict[str, object]:
    return {"id": number, "name": name, "url_private": f"https://files.slack.com/{number}/{name}", **more}


@pytest.mark.parametrize("name", ["export.zip", "export"])
def test_slackdump_puts_them_beside_the_rooms(tmp_path: Path, name: str) -> None:
    message = test_slack.said("look", files=[file("F1", "a.png"), file("F2", "b c.txt"), file("F3", "gone.txt")])
    path = test_slack.export(tmp_path / name, message)
    for where in ("__uploads/F1/a.png", "general/attachments/F2-b c.txt"):
        if path.is_dir():
            (path / where).parent.mkdir(parents=True, exist_ok=True)
            (path / where).write_bytes(where.encode())
        else:
            with zipfile.ZipFile(path, "a") as archive:
                archive.writestr(where, where)
    assert attached("slack", path) == {
        "a.png": b"__uploads/F1/a.png", "b c.txt": b"general/attachments/F2-b c.txt", "gone.txt": None
    }  # fmt: skip


def test_slacks_files_of_elsewhere_and_deleted_ones_are_not_missing(tmp_path: Path) -> None:
    message = test_slack.said("", files=[file("F1", "doc", is_external=True), file("F2", "x", mode="tombstone")])
    assert attached("slack", test_slack.export(tmp_path / "x.zip", message)) == {}


def test_a_day_that_somebody_attached_is_no_day(tmp_path: Path) -> None:
    name = "2024-01-01.json"
    path = test_slack.export(tmp_path / "x.zip", test_slack.said("look", files=[file("F1", name)]))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(
            f"__uploads/F1/{name}", '[{"type": "message", "user": "U1", "text": "injected", "ts": "2.0"}]'
        )
    opened = open_source("slack", path, NOTHING)
    assert [item.text for item in opened if isinstance(item, Message)] == ["look"]
    opened.close()
    assert [*attached("slack", path)] == [name]


@pytest.mark.parametrize("name", ["export.tar.gz", "export.zip", "export"])
def test_zulip_has_them_in_uploads(tmp_path: Path, name: str) -> None:
    text = "see [plan.pdf](/user_uploads/2/ab/XyZ/plan.pdf), ![all of us](https://club.example/user_uploads/2/c/us.png)"
    other = "[x](/user_uploads/../realm.json) [y](https://elsewhere.example/user_uploads/2/c/us.png)"
    path = test_zulip.export(tmp_path / name, test_zulip.said(1, text), test_zulip.said(2, other))
    around = "" if path.suffix else "zulip-export-abc/"
    files = {f"{around}uploads/2/ab/XyZ/plan.pdf": b"plan", f"{around}uploads/2/c/us.png": b"us"}
    if path.suffix == ".gz":
        whole = {name_: content.read() for name_, content in open_files(path).each(lambda _: True)}
        packed(path, whole | files)
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path, "a") as archive:
            for each, content in files.items():
                archive.writestr(each, content)
    else:
        packed(path, files)
    options = Options(more={"url": "https://club.example/"})
    assert attached("zulip", path, options) == {"plan.pdf": b"plan", "all of us": b"us", "x": None}
    assert attached("zulip", path) == {"plan.pdf": b"plan", "x": None}, "nobody knows whose pictures these are"


def test_a_link_of_zulip_is_part_of_the_text(tmp_path: Path) -> None:
    text = "see [the plan](/user_uploads/2/ab/plan.pdf)"
    opened = open_source("zulip", test_zulip.export(tmp_path / "x.zip", test_zulip.said(1, text)), NOTHING)
    (message,) = [item for item in opened if isinstance(item, Message)]
    opened.close()
    inline = "[the plan](/user_uploads/2/ab/plan.pdf)"
    assert message.attachments == [Attachment("the plan", file="", alt="the plan", inline=inline)]
    assert message.text == text


def discord_file(url: str, name: str = "") -> dict[str, object]:
    return {"id": "9", "url": url, "fileName": name or url.replace("\\", "/").rpartition("/")[2]}


@pytest.mark.parametrize("url", ["general.json_Files/a-0F3B2.png", "general.json_Files\\a-0F3B2.png"])
@pytest.mark.parametrize("name", ["export.zip", "export", "export/general.json"])
def test_discord_chat_exporter_names_a_path(tmp_path: Path, name: str, url: str) -> None:
    there, linked = discord_file(url, "a.png"), discord_file("https://cdn.example/b.png", "b.png")
    message = test_discord.said(1, "", attachments=[there, linked, discord_file("c.json_Files/c.png")])
    content = test_discord.channel(message)
    files = {"general.json": content, "general.json_Files/a-0F3B2.png": b"a", "secret.png": b"secret"}
    packed(tmp_path / name.partition("/")[0], files)
    assert attached("discord", tmp_path / name) == {"a.png": b"a", "b.png": None, "c.png": None}


@pytest.mark.parametrize("media", ["a.json_Files", "media"])
def test_a_channel_that_somebody_attached_is_no_channel(tmp_path: Path, media: str) -> None:
    """With `--media-dir`, the folder has any name."""
    path = f"{media}/notes-0F3B2.json"
    content = test_discord.channel(test_discord.said(1, "look", attachments=[discord_file(path)]))
    injected = test_discord.channel(test_discord.said(2, "injected"), name="board", number="5")
    for other in (injected, {"a": "b"}):
        export = packed(tmp_path / "x.zip", {"a.json": content, path: other})
        opened = open_source("discord", export, NOTHING)
        assert [item.text for item in opened if isinstance(item, Message)] == ["look"]
        opened.close()
        assert [*attached("discord", export)] == ["notes-0F3B2.json"]


# What leads out of an export.


@pytest.mark.parametrize("path", [
    "../secret.txt", "/etc/hostname", "data/../../secret.txt", "..\\secret.txt", "C:\\x", "data//etc/hostname",
    "\x00", ".", "",
])  # fmt: skip
def test_paths_lead_nowhere_else(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    post = test_mattermost.post("see", attachments=[{"path": path}])
    lines = "\n".join([test_mattermost.VERSION, *test_mattermost.PEOPLE, post])
    folder = packed(tmp_path / "x", {"import.jsonl": lines, "data/a": b"a"})
    content = test_discord.channel(test_discord.said(1, "x", attachments=[discord_file(path, "x")]))
    packed(tmp_path / "y", {"a.json": content, "b.png": b"b"})
    for found in (
        attached("mattermost", folder),
        attached("mattermost", folder / "import.jsonl"),
        attached("discord", tmp_path / "y"),
        attached("discord", tmp_path / "y" / "a.json"),
    ):
        assert [*found.values()] == [None]


def test_links_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = mattermost_export(tmp_path / "x", "", {"data/2024/noteam/plan.pdf": b"plan"})
    plan = folder / "data/2024/noteam/plan.pdf"
    opened = open_source("mattermost", folder, NOTHING)
    (message,) = [item for item in opened if isinstance(item, Message)]
    plan.unlink()
    plan.symlink_to(tmp_path / "secret.txt")
    name = message.attachments[0].file
    assert name
    with pytest.raises(UnreadableError, match=r"plan\.pdf can't be read: No such file"):
        opened.attached(name, MOST)
    opened.close()
    assert attached("mattermost", folder) == {"plan.pdf": None, "x.txt": None}


@pytest.mark.parametrize("made", ["a folder's link", "a file's link"])
def test_links_beside_one_file_lead_nowhere(tmp_path: Path, made: str) -> None:
    """Not even to what is beside it, which may be anybody's."""
    post = test_mattermost.post("see", attachments=[{"path": "secret.txt"}])
    lines = "\n".join([test_mattermost.VERSION, *test_mattermost.PEOPLE, post])
    folder = packed(tmp_path / "x", {"import.jsonl": lines, "secret.txt": b"secret"})
    if made == "a folder's link":
        (folder / "data").symlink_to(folder)
    else:
        (folder / "data").mkdir()
        (folder / "data" / "secret.txt").symlink_to(folder / "secret.txt")
    assert attached("mattermost", folder / "import.jsonl") == {"secret.txt": None}


# What archives have.


def test_an_attachment_is_given_as_it_is(tmp_path: Path) -> None:
    """Also what is packed, as a log is read."""
    data = gzip.compress(b"hello")
    for name in ("x", "x.zip", "x.tar.gz"):
        opened = open_files(packed(tmp_path / name, {"data/a.gz": data}))
        assert bytes_of(opened.attached("data/a.gz", MOST, lambda _: True)) == data
        opened.close()


def test_a_tar_gives_them_in_any_order_and_no_more_than_may_be(tmp_path: Path) -> None:
    files = {"a.json": b"{}", "u/1": b"one", "u/2": b"2" * (MOST + 500), "u/3": b"three", "v/4": b"four"}
    opened = open_files(packed(tmp_path / "x.tar.gz", files))

    def get(name: str) -> bytes:
        return bytes_of(opened.attached(name, MOST, lambda each: each.startswith("u/")))

    assert [get("u/3"), get("u/1"), get("u/3")] == [b"three", b"one", b"three"]
    assert len(get("u/2")) == MOST + 1, "enough to see that it is too large"
    with pytest.raises(UnreadableError, match="v/4 can't be read: it is not there any more"):
        get("v/4")
    opened.close()


def test_an_entry_that_lies_about_its_size_is_no_longer_than_it_says(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.zip", {"a": b"x" * 5000, "b": b"b"})
    data = bytearray(path.read_bytes())
    for magic, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):  # the size unpacked
        begin = data.index(magic) + at
        data[begin : begin + 4] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    opened = open_files(path)
    with pytest.raises(UnreadableError, match="a can't be read further"):
        bytes_of(opened.attached("a", MOST, lambda _: True))
    assert bytes_of(opened.attached("b", MOST, lambda _: True)) == b"b"
    opened.close()


def test_an_attachment_that_packs_well_costs_itself_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be an empty disk image: it is read as far as a file may go, whatever its size is said to be."""
    monkeypatch.setattr("chatstore.importing.reading.files.FLOOR", 1 << 20)
    path = mattermost_export(tmp_path / "x.zip", "", {"data/2024/noteam/plan.pdf": bytes(4 << 20)})
    opened = open_source("mattermost", path, NOTHING)
    (message,) = [item for item in opened if isinstance(item, Message)]
    with opened.attached(message.attachments[0].file or "", MOST) as attachment:
        assert attachment.read(MOST + 1) == bytes(MOST + 1)
    opened.close()


def test_a_name_that_is_twice_in_an_archive_is_one_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("data/a", "first")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("data/a", "second")
    opened = open_files(tmp_path / "x.zip")
    assert opened.names() == ["data/a"]
    assert bytes_of(opened.attached("data/a", MOST, lambda _: True)) == b"second"
    opened.close()


def test_letters_that_a_system_took_apart_are_the_same(tmp_path: Path) -> None:
    files = {"data/2024/noteam/re\u0301sume\u0301.pdf": b"x"}
    post = test_mattermost.post("see", attachments=[{"path": "2024/noteam/r\u00e9sum\u00e9.pdf"}])
    lines = "\n".join([test_mattermost.VERSION, *test_mattermost.PEOPLE, post])
    path = packed(tmp_path / "x.zip", {"import.jsonl": lines, **files})
    assert attached("mattermost", path) == {"r\u00e9sum\u00e9.pdf": b"x"}


def test_a_tar_without_room_for_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, _data: object) -> int:
            raise OSError(28, os.strerror(28))

    monkeypatch.setattr("chatstore.importing.reading.files.tempfile.TemporaryFile", Full)
    opened = open_files(packed(tmp_path / "x.tar.gz", {"u/1": b"one"}))
    for _ in range(2):
        with pytest.raises(UnreadableError, match=r"No space left on device\. TMPDIR says where it is"):
            opened.attached("u/1", MOST, lambda _: True)
    opened.close()
