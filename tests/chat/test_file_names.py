"""Names of files and URLs in texts: what strangers give, and what becomes of it."""

from __future__ import annotations

import unicodedata

import pytest

from chatstore.chat.model.files import MAX_NAME, clean_name, is_token, new_token, tokens_in

TOKEN = new_token()


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("cat.jpg", "cat.jpg"),
        ("Grüße an 日本.txt", "Grüße an 日本.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\alice\\cat.jpg", "cat.jpg"),
        ("..", "file"),
        ("", "file"),
        ("/", "file"),
        (".bashrc", "bashrc"),
        ("cat.jpg. . .", "cat.jpg"),
        ("a\0b\r\nSet-Cookie: x\x1b[31m.txt", "abSet-Cookie_ x[31m.txt"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("a\u2066b\u200bc\ufeff.txt", "abc.txt"),
        ("a\ud800b.txt", "ab.txt"),
        ("e\u0301.txt", "é.txt"),
        ('<a href="x">?*|.html', "_a href=_x_____.html"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("LPT1 .tar.gz", "_LPT1 .tar.gz"),
        ("COM¹.log", "_COM¹.log"),
        ("console.log", "console.log"),
        ("NUL\u200b", "_NUL"),
        ("a" * 10_000 + ".jpeg", "a" * 115 + ".jpeg"),
        ("x" * 10_000, "x" * MAX_NAME),
        ("a." + "b" * 10_000, None),
        ("日" * 10_000 + ".png", None),
        ("%2e%2e%2f", "%2e%2e%2f"),
        ("a" * 114 + ". .jpeg", None),
    ],
)
def test_a_name_is_safe(given: str, name: str | None) -> None:
    cleaned = clean_name(given)
    assert name is None or cleaned == name
    assert 0 < len(cleaned) <= MAX_NAME
    assert len(cleaned.encode()) <= 200
    assert not {"/", "\\", "\0"} & {*cleaned}
    assert cleaned == cleaned.strip(" .")
    assert not any(unicodedata.category(one) in ("Cc", "Cf", "Cs") for one in cleaned)
    assert clean_name(cleaned) == cleaned


def test_urls_are_found_whatever_the_host() -> None:
    other = new_token()
    text = f"https://a.example/chat/files/{TOKEN}/cat.jpg#w=8&h=6 and (http://127.0.0.1:8097/files/{other}/x), "
    assert tokens_in(f"{text} /files/{TOKEN}/thumbnail") == [TOKEN, other]
    assert tokens_in(f"https://a.example/files/{TOKEN}x/cat") == []
    assert tokens_in(f"https://a.example/files/{TOKEN[1:]}/cat") == []
    assert tokens_in("/files/" * 3000) == []
    assert is_token(TOKEN)
    assert not is_token(f"{TOKEN}\n")


def test_tokens_differ() -> None:
    assert len({new_token() for _ in range(1000)}) == 1000
