"""What payloads of other programs become: the recorded ones, and those of somebody who means no good."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatstore.webhooks.payloads import FORMATS, PayloadError, SignatureError, read_payload
from chatstore.webhooks.payloads.fields import Fields
from chatstore.webhooks.payloads.slack import plain
from chatstore.webhooks.payloads.texts import first_line, line_of, lines_of
from tests.webhooks.samples import names, sample

HELLO = "https://github.com/Codertocat/Hello-World"
IN_HELLO = "[Codertocat/Hello-World] Codertocat"
EXPECTED = {
    "alertmanager-v4": "[firing] ProbeFailure (critical, https://server.example.org, http_checks): BlackBox Probe"
    " Failure: https://server.example.org http://prometheus.example.org:9090/graph?g0.expr=probe_success+%3D%3D+0"
    "&g0.tab=1",
    "gitea-issue": "[test/repo] user1 opened issue #2: crash http://localhost:3000/test/repo/issues/2",
    "gitea-push": "[gitea/webhooks] gitea pushed 1 commit to develop http://localhost:3000/gitea/webhooks/compare/"
    "28e1879d029cb852e4844d9c718537df08844e03...bffeb74224043ba2feb48d137756c8a9331c449a\n"
    "bffeb74 Webhooks Yay! (gitea)",
    "gitea-review": "[test/repo] user1 approved pull request #12: Fix bug"
    " http://localhost:3000/test/repo/pulls/12\ngood job",
    "github-issue": f"{IN_HELLO} opened issue #1: Spelling error in the README file {HELLO}/issues/1",
    "github-issue-comment": f"{IN_HELLO} commented on issue #1 (Spelling error in the README file): You are totally"
    f" right! I'll get this fixed right away. {HELLO}/issues/1#issuecomment-492700400",
    "github-ping": "",
    "github-pull-request": f"{IN_HELLO} opened pull request #2: Update the README with new information."
    f" {HELLO}/pull/2",
    "github-pull-request-labeled": "",
    "github-pull-request-merged": f"{IN_HELLO} merged pull request #2: Update the README with new information."
    f" {HELLO}/pull/2",
    "github-push": f"{IN_HELLO} pushed 1 commit to changes {HELLO}/compare/9049f1265b7d...0d1a26e67d8f\n"
    "0d1a26e Update README.md (Codertocat)",
    "github-push-tag-removed": f"{IN_HELLO} removed the tag simple-tag",
    "github-release": f"{IN_HELLO} published the release 0.0.1 {HELLO}/releases/tag/0.0.1",
    "github-review": f"{IN_HELLO} approved pull request #2: Update the README with new information."
    f" {HELLO}/pull/2#pullrequestreview-237895671",
    "github-star": "",
    "github-workflow-run": f"[Codertocat/Hello-World] CI failed on master (c4b5a6d) {HELLO}/actions/runs/289782451",
    "gitlab-issue": "[gitlabhq/gitlab-test] root opened issue #23: New API: create/update/delete file"
    " http://example.com/diaspora/issues/23",
    "gitlab-merge-request": "[gitlabhq/gitlab-test] root opened merge request !16: MS-Viewport"
    " http://example.com/diaspora/merge_requests/1",
    "gitlab-note": "[gitlabhq/gitlab-test] root commented on commit cfe32cf: This is a commit comment. How does"
    " this work? http://example.com/gitlab-org/gitlab-test/commit/cfe32cf61b73a0d5e9f13e774abde7ff789b1660#note_1243",
    "gitlab-pipeline": "[gitlabhq/gitlab-test] pipeline #31 failed on master (bcbb5ec)"
    " http://example.com/gitlab-org/gitlab-test/-/pipelines/31",
    "gitlab-push": "[mike/diaspora] jsmith pushed 4 commits to master http://example.com/mike/diaspora/-/compare/"
    "95790bf891e76fee5e1747ab589903a6a1f80f22...da1560886d4f094c3e6c9ef40349f7d38b5d27d7\n"
    "da15608 fixed readme (GitLab dev user)\n"
    "b6568db Update Catalan translation to e38cb41. (Jordi Mallach)\n"
    "… and 2 more",
    "gitlab-tag": "[jsmith/example] John Smith made the tag v1.0.0",
    "grafana-legacy": "[alerting] Zeta CPU alert: boom! (user=97.007606) https://grafana.domain.tld/dashboard/db/"
    "alerts?fullscreen&edit&tab=alert&panelId=2&orgId=1",
    "grafana-unified": "[firing] High memory usage (team=blue, zone=us-1): This alert was triggered for zone us-1"
    " https://play.grafana.org/alerting/1afz29v7z/edit\n"
    "[firing] High CPU usage (team=blue, zone=eu-1): This alert was triggered for zone eu-1"
    " https://play.grafana.org/alerting/d1rdpdv7k/edit",
    "mattermost-text": "#### Test results for July 27th, 2017\nchannel please review failed tests.\n"
    "| Component  | Tests Run | Tests Failed |\n|:-----------|:---------:|:-------------|\n"
    "| Server     | 948       | :white_check_mark: 0 |",
    "slack-attachments": "Optional text that appears above the attachment block\n"
    "Bobby Tables: Slack API Documentation (https://api.slack.com/)\n"
    "Optional text that appears within the attachment\nPriority: High\nonly the fallback",
    "slack-blocks": "Danny Torrence left the following review for your property:\n"
    "Overlook Hotel (https://example.com)\n :star:\n Doors had too many axe holes, guest in room 237 was far too"
    " rowdy, whole place felt stuck in the 1920s.\n**Average Rating** 1.0",
    "slack-rich-text": "Basic bullet list with a link (https://api.slack.com/):basketball:\n- item 1:\n- item 2",
    "slack-text": "A very important thing has occurred! Click here (https://alert-system.com/alerts/1234) for"
    " details! <3 @U012AB3CD here",
}


def text_of(name: str) -> str:
    said = read_payload(*sample(name)).said
    assert len(said) <= 1
    return said[0].text if said else ""


@pytest.mark.parametrize("name", names())
def test_a_recorded_payload_is_a_readable_message(name: str) -> None:
    assert text_of(name) == EXPECTED[name]


def test_every_format_has_a_sample() -> None:
    assert {read_payload(*sample(name)).format for name in names()} == {each.name for each in FORMATS}


def test_a_ping_says_nothing_and_is_known() -> None:
    read = read_payload(*sample("github-ping"))
    assert (read.ping, [*read.said], read.event) == (True, [], "ping")


def test_deliveries_have_ids() -> None:
    headers, body = sample("github-push")
    one = read_payload(headers, body).delivery
    assert len(one) == 64
    assert one != read_payload({**headers, "x-github-delivery": "another"}, body).delivery
    assert read_payload(*sample("slack-text")).delivery == ""


def test_the_form_that_slack_and_github_send() -> None:
    headers, body = sample("slack-text")
    form = {"content-type": "application/x-www-form-urlencoded"}
    sent = b"payload=" + quote_plus(body).encode()
    assert read_payload(form, sent).said == read_payload(headers, body).said
    assert read_payload(form, body).said == read_payload(headers, body).said, "curl -d without a header"
    with pytest.raises(PayloadError, match="no field payload"):
        read_payload(form, b"text=hello")


def test_a_name_that_is_wanted() -> None:
    assert read_payload({}, b'{"text": "x", "username": "build\\n bot"}').said[0].name == "build bot"


# Signatures.

KEY = "it's a secret"


def hexmac(body: bytes) -> str:
    return hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("name", "header", "value"),
    [
        ("github-push", "x-hub-signature-256", lambda body: f"sha256={hexmac(body)}"),
        ("gitea-push", "x-gitea-signature", hexmac),
        ("gitlab-push", "x-gitlab-token", lambda _body: KEY),
        ("grafana-unified", "x-grafana-alerting-signature", hexmac),
        ("alertmanager-v4", "authorization", lambda _body: f"Bearer {KEY}"),
        ("slack-text", "authorization", lambda _body: f"bearer {KEY}"),
    ],
)
def test_signatures(name: str, header: str, value: Any) -> None:
    headers, body = sample(name)
    assert read_payload({**headers, header: value(body)}, body, KEY).said
    for wrong in (value(body) + "0", value(body)[:-1], "", "ü"):
        with pytest.raises(SignatureError):
            read_payload({**headers, header: wrong}, body, KEY)
    with pytest.raises(SignatureError):
        read_payload(headers, body, KEY)
    if header not in ("authorization", "x-gitlab-token"):
        with pytest.raises(SignatureError):
            read_payload({**headers, header: value(body)}, body + b" ", KEY)


def test_githubs_own_example_of_a_signature() -> None:
    """Validating webhook deliveries, docs.github.com: secret, payload, signature."""
    headers = {
        "x-github-event": "x",
        "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
    }
    github = next(each for each in FORMATS if each.name == "github")
    assert github.signed(headers, b"Hello, World!", "It's a Secret to Everybody") is True


def test_grafanas_signature_with_a_timestamp() -> None:
    headers, body = sample("grafana-unified")
    made = hexmac(b"1700000000:" + body)
    signed = {**headers, "x-grafana-alerting-signature": made, "x-grafana-alerting-timestamp": "1700000000"}
    assert read_payload(signed, body, KEY).said
    with pytest.raises(SignatureError):
        read_payload({**signed, "x-grafana-alerting-timestamp": "1700000001"}, body, KEY)


# What somebody sends who means no good.

TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    [
        "\r\nPRIVMSG #x :y",
        "\x01ACTION x\x01",
        "\x02\x0304,01bold",
        "@room @everyone",
        "\u202eevil",
        "\0",
        "http://x y",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def keys_of(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


KEYS = sorted(set().union(*(keys_of(json.loads(sample(name)[1])) for name in names())))


def fit_for_a_room(text: str) -> None:
    assert text.strip()
    assert len(text) <= 4000
    assert text.count("\n") <= 30
    assert not any(ord(each) < 32 and each != "\n" for each in text)
    assert not any("\u202a" <= each <= "\u202e" or "\x7f" <= each <= "\x9f" for each in text)
    assert not any(word in text.lower() for word in ("@room", "@everyone", "@here"))
    text.encode()


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(names()), st.data())
def test_values_of_any_type_are_survived(name: str, data: st.DataObject) -> None:
    headers, body = sample(name)

    def spoil(value: Any) -> Any:
        if data.draw(st.integers(0, 5)) == 0:
            return data.draw(JSON)
        if isinstance(value, dict):
            return {key: spoil(each) for key, each in value.items()}
        return [spoil(each) for each in value] if isinstance(value, list) else value

    spoiled = {key: spoil(value) for key, value in json.loads(body).items()}
    try:
        read = read_payload(headers, json.dumps(spoiled).encode())
    except PayloadError:
        return
    for said in read.said:
        fit_for_a_room(said.text)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(names()), st.dictionaries(st.sampled_from(KEYS), JSON, max_size=12), TEXT)
def test_any_object_is_survived(name: str, value: dict[str, Any], event: str) -> None:
    headers = {key: event if key.endswith("-event") else text for key, text in sample(name)[0].items()}
    for given_headers in (headers, sample(name)[0]):
        try:
            read = read_payload(given_headers, json.dumps(value).encode())
        except PayloadError:
            continue
        for said in read.said:
            fit_for_a_room(said.text)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"a": 1}',
        b"[" * 1_000_000,
        b'{"text":' * 200_000 + b"1" + b"}" * 200_000,
        b'{"text": "\xff"}',
        b'{"text": "\\ud800"}',
        b'{"text": ' + b"9" * 5000 + b"}",
        b'{"text": NaN}',
        b'{"text": "x"',
    ],
)
def test_what_is_no_payload_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadError):
        read_payload({"content-type": "application/json"}, body)


def test_a_huge_payload_is_a_short_message() -> None:
    fit_for_a_room(read_payload({}, json.dumps({"text": "x\n" * 500_000}).encode()).said[0].text)
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "<" * 3000}}] * 10_000
    fit_for_a_room(read_payload({}, json.dumps({"blocks": blocks}).encode()).said[0].text)
    deep: Any = {"type": "text", "text": "deep"}
    for _ in range(100):
        deep = {"type": "rich_text_section", "elements": [deep]}
    assert not read_payload({}, json.dumps({"blocks": [{"type": "rich_text", "elements": [deep]}]}).encode()).said
    alerts = [{"labels": {"alertname": f"a{number}"}} for number in range(1000)]
    said = read_payload({}, json.dumps({"groupKey": "", "alerts": alerts}).encode()).said[0].text
    assert said.split("\n")[-1] == "… and 992 more"
    headers, body = sample("github-push")
    push = json.loads(body)
    push["commits"] *= 2000
    push["repository"]["full_name"] = "x" * 100_000
    fit_for_a_room(read_payload(headers, json.dumps(push).encode()).said[0].text)


def test_a_title_is_one_line_and_calls_nobody() -> None:
    headers, body = sample("github-issue")
    issue = json.loads(body)
    issue["issue"]["title"] = "one\r\n:server KILL alice\n@room \x02\x0304red\x01 \u202egnp.exe"
    issue["issue"]["html_url"] = "javascript:alert(1)"
    text = read_payload(headers, json.dumps(issue).encode()).said[0].text
    assert text == f"{IN_HELLO} opened issue #1: one :server KILL alice room 04red gnp.exe"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("<https://example.org>", "https://example.org"),
        ("<https://example.org|the page>", "the page (https://example.org)"),
        ("<https://example.org|https://example.org>", "https://example.org"),
        ("<mailto:bob@example.org|Bob>", "Bob (bob@example.org)"),
        ("<@W1|bob> in <#C1|general>", "@bob in #general"),
        ("<!channel> <!subteam^S1|@team> <!date^1392734382^{date}|Feb 18>", "channel @team Feb 18"),
        ("1 < 2 > 0 and a <b> c", "1 < 2 > 0 and a <b> c"),
        ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
        ("*bold*, _italic_, ~gone~ and `*code*`", "**bold**, _italic_, ~~gone~~ and `*code*`"),
        ("*<https://example.org/*a*|the page>*", "**the page (https://example.org/*a*)**"),
        ("2*3*4, * a *, **Mattermost's**, ~~struck~~, ~/tmp", "2*3*4, * a *, **Mattermost's**, ~~struck~~, ~/tmp"),
        ("```\n*code*\n``` *bold*\n*two\nlines*", "```\n*code*\n``` **bold**\n*two\nlines*"),
        ("/var/*/*.log PATH=~/bin:~/go *.a,*.b", "/var/*/*.log PATH=~/bin:~/go *.a,*.b"),
        ("http://example.org/~joe/a~ and (*this*).", "http://example.org/~joe/a~ and (**this**)."),
    ],
)
def test_slacks_marks(given: str, shown: str) -> None:
    assert plain(given) == shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"blocks": [{"type": "markdown", "text": "*slanted* and **bold**"}]}, "*slanted* and **bold**"),
        ({"text": "*as it is*", "mrkdwn": False}, "*as it is*"),
        ({"attachments": [{"title": "*job*", "text": "*done*"}]}, "*job*\n**done**"),
        ({"attachments": [{"fallback": "*job*"}]}, "*job*"),
        ({"attachments": [{"fields": [{"title": "*a*", "value": "*b*"}]}]}, "*a*: **b**"),
    ],
)
def test_slacks_marks_are_signs_only_where_it_says_so(given: dict[str, Any], shown: str) -> None:
    [said] = read_payload({"content-type": "application/json"}, json.dumps(given).encode()).said
    assert said.text == shown


def test_lines() -> None:
    assert lines_of("a\r\nb\rc\n\n\n d\t") == "a\nb\nc\n d"
    assert lines_of("\n".join("abcdef"), lines=3) == "a\nb\n… and 4 more lines"
    assert line_of("a  \n b") == "a b"
    assert first_line("\n a \nb") == "a …"
    assert line_of("x" * 400) == "x" * 299 + "…"
    assert lines_of("@Room, @here! @heretic @alice") == "Room, here! @heretic @alice"


def test_fields() -> None:
    fields = Fields({"a": [1, "x", {"b": True}], "n": 2.5, "t": True, "u": "https://x/y z", "big": 2**60})
    assert fields["a"]["b"]["c"].line == ""
    assert [each.line for each in fields["a"].items] == ["1", "x", ""]
    assert (fields["n"].line, fields["t"].line, fields["u"].url, fields["big"].number) == ("2.5", "", "", 0)
    assert not Fields()
