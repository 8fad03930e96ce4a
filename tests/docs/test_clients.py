"""docs/clients.md is well-formed: tables of the same columns, a verdict in each cell; pictures have words."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from chatstore.cli import main
from chatstore.cli.client import client
from chatstore.client.commands import COMMANDS
from chatstore.client.screen.commands import SCREEN_COMMANDS

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "docs" / "clients.md"
VERDICT = re.compile(r"(yes|no|partly)(, .+|$)")
MARKDOWN_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)[^)]*\)")
HTML_IMAGE = re.compile(r"<img\b[^>]*>|<source\b[^>]*>")
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
COLUMNS = 10  # the row's name, seven clients, two systems of their own
SYSTEMS = ["Campfire", "Mattermost"]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def tables(text: str) -> list[list[list[str]]]:
    """Each table as its rows (header, rule, rows), each row as its cells."""
    found = re.findall(r"(?:^\|.*\|\n)+", text, flags=re.MULTILINE)
    return [[[cell.strip() for cell in line[1:-1].split("|")] for line in one.splitlines()] for one in found]


def comparisons() -> list[list[list[str]]]:
    """The tables of what each client can do: those with an empty first cell."""
    return [one for one in tables(CLIENTS.read_text(encoding="utf-8")) if not one[0][0]]


def images(text: str) -> list[tuple[str, str]]:
    """(address, alternative text) of every picture in a page; "" where it has none. A <source> needs none: it
    stands in a <picture>, whose <img> has it."""
    found = [(address, alt) for alt, address in MARKDOWN_IMAGE.findall(text)]
    for tag in HTML_IMAGE.findall(text):
        attributes = dict(ATTRIBUTE.findall(tag))
        alt = "see the <img>" if tag.startswith("<source") else attributes.get("alt", "")
        found.append((attributes.get("src") or attributes.get("srcset", ""), alt))
    return found


def test_the_comparisons_have_the_same_clients_in_the_same_order() -> None:
    found = comparisons()
    assert len(found) >= 5
    assert len({tuple(one[0]) for one in found}) == 1
    assert len(found[0][0]) == COLUMNS
    assert found[0][0][-2:] == SYSTEMS


def test_every_row_has_a_name_of_its_own_and_a_verdict_for_each_client() -> None:
    rows = [row for one in comparisons() for row in one[2:]]
    assert [row for row in rows if len(row) != COLUMNS] == []
    names = [row[0] for row in rows]
    assert all(names)
    assert sorted(set(names)) == sorted(names)
    assert [cell for row in rows for cell in row[1:] if not VERDICT.fullmatch(cell)] == []


def test_every_client_of_the_comparisons_is_introduced_with_its_version() -> None:
    introduced = next(one for one in tables(CLIENTS.read_text(encoding="utf-8")) if one[0][0] == "client")
    names = [re.sub(r"\[(.+)\]\(.+\)", r"\1", row[0]) for row in introduced[2:]]
    short = {"`chatstore client --plain`": "`--plain`", "the web page": "web page"}
    assert [short.get(name, name) for name in names] == comparisons()[0][0][1:]
    assert all(all(row) for row in introduced[2:])
    for row in introduced[-2:]:
        assert row[1].startswith("a system of its own"), row[0]
        assert row[2].startswith("not tried: read in its "), row[0]


def test_what_our_own_columns_name_is_there() -> None:
    """Each /command of the clients, each --option of `chatstore client`, each command of chatstore."""
    cells = [cell for one in comparisons() for row in one[2:] for cell in row[1:4]]
    quoted = [text for cell in cells for text in re.findall(r"`([^`]+)`", cell)]
    slashes = {text.split()[0][1:] for text in quoted if text.startswith("/")}
    assert slashes - {*COMMANDS, *SCREEN_COMMANDS} == set()
    options = {text for text in quoted if text.startswith("--")}
    assert options - {option for one in client.params for option in one.opts} == set()
    programs = {text for text in quoted if text.startswith("chatstore ")}
    assert {words.split()[1] for words in programs} - {*main.list_commands(click.Context(main))} == set()
    assert min(len(slashes), len(options), len(programs)) > 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_picture_is_there_and_says_in_words_what_it_shows(page: Path) -> None:
    for address, alt in images(page.read_text(encoding="utf-8")):
        assert (page.parent / address).is_file(), address
        assert len(alt) > 10, address


def test_every_picture_is_shown_somewhere() -> None:
    shown = set()
    for page in PAGES:
        shown |= {(page.parent / address).resolve() for address, _ in images(page.read_text(encoding="utf-8"))}
    pictures = [path.resolve() for path in sorted((ROOT / "docs" / "pictures").glob("*.*"))]
    assert [path for path in pictures if path.suffix in {".png", ".svg"} and path not in shown] == []


def test_no_picture_fetches_anything() -> None:
    for picture in (ROOT / "docs" / "pictures").glob("*.svg"):
        text = picture.read_text(encoding="utf-8")
        assert re.findall(r"""(?:url\(|href=|src=)["']?(?!#)[^"')]+""", text) == [], picture.name
        assert "<script" not in text


def test_the_images_of_a_page_are_found() -> None:
    page = '![a cat](cat.png "x"), <img src="b.svg" alt="a ball">, <picture><source srcset="c.png"></picture>'
    assert images(page) == [("cat.png", "a cat"), ("b.svg", "a ball"), ("c.png", "see the <img>")]
