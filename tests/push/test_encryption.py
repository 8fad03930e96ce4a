"""What a push message looks like on its way. Specs: RFC 8291 appendix A (its example), RFC 8292."""

from __future__ import annotations

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from chatstore.chat.model.push import are_keys, decoded, encoded
from chatstore.push.encryption import Vapid, encrypt
from chatstore.push.keys import new_key
from chatstore.push.payload import MAX_PAYLOAD, RECORD, fitting
from tests.push.service import Browser, vapid_of

PLAIN = b"When I grow up, I want to be a watermelon"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
THEIRS = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
OURS = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A"
    "_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_specification() -> None:
    private = ec.derive_private_key(int.from_bytes(decoded(OURS), "big"), ec.SECP256R1())
    assert encoded(encrypt(PLAIN, THEIRS, AUTH, salt=decoded(SALT), private=private)) == BODY


def test_another_library_reads_it() -> None:
    browser = Browser()
    keys = dict(part.split("=") for part in browser.keys.split(";"))
    for size in (0, 1, 100, MAX_PAYLOAD):
        body = encrypt(b"x" * size, keys["p256dh"], keys["auth"])
        assert browser.decrypted(body) == b"x" * size
    assert len(body) == RECORD
    assert encrypt(b"x", **keys) != encrypt(b"x", **keys)
    with pytest.raises(http_ece.ECEException):
        Browser().decrypted(body)


def test_a_key_that_is_no_point_of_the_curve() -> None:
    assert are_keys(encoded(b"\4" + bytes(64)), AUTH)
    with pytest.raises(ValueError, match=r"."):
        encrypt(PLAIN, encoded(b"\4" + bytes(64)), AUTH)


def test_vapid_tokens_are_kept_and_renewed() -> None:
    key = new_key()
    contact = [""]
    vapid = Vapid(key, lambda: contact[0])
    first = vapid.authorization("https://push.example", 1000)
    claims, public = vapid_of(first)
    assert claims == {"aud": "https://push.example", "exp": 1000 + 12 * 3600}
    assert public == key.public
    assert vapid.authorization("https://push.example", 1000 + 5 * 3600) == first
    assert vapid_of(vapid.authorization("https://other.example", 1000))[0]["aud"] == "https://other.example"
    assert vapid.authorization("https://push.example", 1000 + 7 * 3600) != first
    assert vapid.authorization("https://push.example", -(10**6)) != first  # the clock was wrong
    contact[0] = "mailto:admin@example.org"
    assert vapid_of(vapid.authorization("https://push.example", 1000))[0]["sub"] == contact[0]


@pytest.mark.parametrize("most", [*range(0, 260, 7), 1024, 4000])
def test_a_line_is_made_to_fit(most: int) -> None:
    text = "grüße " * 30
    line = (
        f"@+x={'x' * 300};time=2026-11-30T00:00:00.000Z;msgid=1-2-abcd;account=bob;bot :bob!b@h PRIVMSG #a :{text}"
    )
    cut = fitting(line.encode(), most)
    cut.decode()
    assert cut == line.encode() or len(cut) <= max(most, len(b"@msgid=1-2-abcd "))
    if cut != line.encode():
        assert cut.startswith(b"@msgid=1-2-abcd")
        assert b"+x=" not in cut
