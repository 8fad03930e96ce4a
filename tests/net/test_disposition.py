"""Names in Content-Disposition: the examples of RFC 6266, what clients send, and hostile names there and back."""

from __future__ import annotations

import random
import time

import pytest

from chatstore.net.disposition import MAX_HEADER, disposition, named

GIVEN = [
    ("Attachment; filename=example.html", "example.html"),  # RFC 6266 section 5
    ('INLINE; FILENAME= "an example.html"', "an example.html"),
    ("attachment; filename*= UTF-8''%e2%82%ac%20rates", "€ rates"),
    ("attachment; filename=\"EURO rates\"; filename*=utf-8''%e2%82%ac%20rates", "€ rates"),
    ("attachment; filename*=utf-8''%e2%82%ac%20rates; filename=\"EURO rates\"", "€ rates"),
    ("attachment; filename*=iso-8859-1'en'%A3%20rates", "£ rates"),  # RFC 8187 section 3.2.3
    ("attachment; filename*=UTF-8''na%C3%AFve%20caf%C3%A9.png", "naïve café.png"),  # gamja
    ("attachment; filename=\"naive_cafe.png\"; filename*=UTF-8''na%C3%AFve%20caf%C3%A9%2Epng", "naïve café.png"),
    ('attachment; filename="a \\"quoted\\" name.txt"', 'a "quoted" name.txt'),
    ('attachment; filename="a;b,c=d.txt"; size=3', "a;b,c=d.txt"),
    ('form-data; name="file"; filename="photo.jpg"', "photo.jpg"),
    ('attachment; filename="' + "naïve.txt".encode().decode("latin-1") + '"', "naïve.txt"),  # curl, raw UTF-8
    ('attachment; filename="na\xefve.txt"', "naïve.txt"),
    ('attachment; filename=""', ""),
    ("attachment", ""),
    ("", ""),
    ("attachment; filename*=UTF-8''%ff%fe; filename=fallback.txt", "fallback.txt"),
    ("attachment; filename*=EUC-JP''%C6%FC; filename=fallback.txt", "fallback.txt"),
    ("attachment; filename*=nonsense", ""),
    ('attachment; filename="never closed', ""),
    ("filename=no-type.txt", ""),
]


@pytest.mark.parametrize(("header", "name"), GIVEN)
def test_the_name_that_a_client_gives(header: str, name: str) -> None:
    assert named(header) == name


HOSTILE = [
    "report.pdf",
    'quote".txt',
    "back\\slash.txt",
    "semi;colon, comma=.txt",
    "../../etc/passwd",
    "line\r\nSet-Cookie: a=b",
    "nul\x00.txt",
    "100%41.txt",
    "\u202egnp.exe",
    "日本語のファイル名.png",
    "\U0001f980 crab.jpg",
    "' OR 1=1; --",
    "UTF-8''%41",
    " ",
    "con",
    "ü" * 300,
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", ["inline", "attachment"])
def test_every_name_comes_back_and_steers_nothing(kind: str, name: str) -> None:
    header = disposition(kind, name)
    assert named(header) == name
    assert header.isascii()
    assert header.isprintable()
    assert header.startswith(kind)


def test_a_name_of_random_characters_comes_back() -> None:
    picked = random.Random(8187)
    for _ in range(2000):
        name = "".join(
            chr(picked.choice([picked.randrange(1, 0x250), picked.randrange(0xE000, 0x10FFFF)])) for _ in range(9)
        )
        assert named(disposition("attachment", name)) == name


def test_a_header_that_is_too_long_names_nothing_and_costs_nothing() -> None:
    began = time.process_time()
    assert named('attachment; filename="' + "a" * MAX_HEADER + '"') == ""
    for part in ("; ", '; a="', "\\", '"', "; filename*=utf-8''%", ";a=b"):
        named("attachment" + part * (4000 // len(part)))
    assert time.process_time() - began < 1
