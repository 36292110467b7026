"""Where a secret begins and ends, and what stands in its place."""

import html
import json
from urllib.parse import quote_plus

import pytest

from befresh_agent.runtime.redaction import SecretRedactor


def test_three_characters_are_a_secret_and_two_are_none() -> None:
    assert SecretRedactor(["abc"]).redact("x abc x") == "x **** x"
    assert SecretRedactor(["ab"]).redact("x ab x") == "x ab x"


def test_of_several_keys_in_one_secret_each_long_one_is_known_by_itself() -> None:
    redaction = SecretRedactor(["0123456789abcdef=short7890123456"])
    assert redaction.redact("0123456789abcdef") == "****"
    redaction = SecretRedactor(["0123456789abcde fedcba9876543210"])
    assert redaction.redact("0123456789abcde, fedcba9876543210") == "0123456789abcde, ****"


def test_a_secret_that_begins_another_leaves_nothing_of_it() -> None:
    for secrets in (
        ["abcd", "abcd-longer-one"],
        ["abcd-longer-one", "abcd"],
        ["zz", "abcd-longer-one", "zzzz", "abcd"],
    ):
        assert SecretRedactor(secrets).redact("abcd-longer-one abcd") == "**** ****"


def test_a_secret_may_be_half_of_a_character() -> None:
    assert SecretRedactor(["half\ud83d"]).redact("x half\ud83d x") == "x **** x"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ('password = "a b c"', 'password = "****"'),
        ("password = 'a b c'", "password = '****'"),
        ("password=abcd;x", "password=****;x"),
        ("""'password': "it's" """, """'password': "****" """),
        ("""{"password": ["a", "b"]}""", """{"password": "****"}"""),
    ],
)
def test_what_stands_in_its_place_is_quoted_as_it_was(text: str, cleaned: str) -> None:
    assert SecretRedactor([]).redact(text) == cleaned


def test_for_strangers_each_device_has_one_other_name() -> None:
    redaction = SecretRedactor([], addresses=True)
    assert redaction.redact("FB:89:EB:22:95:84 fb_89_eb-22_95_84 C4:5D:83:10:2A:02") == "address-1 address-1 address-2"
    assert redaction.redact("c4-5d-83-10-2a-02, NiclaSenseME-9584") == "address-2, NiclaSenseME-****"
    assert redaction.redact("0FB:89:EB:22:95:84:7") == "0FB:89:EB:22:95:84:7"
    assert SecretRedactor([]).redact("FB:89:EB:22:95:84, NiclaSenseME-9584") == "FB:89:EB:22:95:84, NiclaSenseME-9584"


@pytest.mark.parametrize("character", [*"\"'\\/&<>\n\r\t\b\f "])
def test_no_character_hides_a_secret_in_what_json_python_html_and_forms_make_of_it(character: str) -> None:
    secret = f"k9{character}{character}Zq"
    inside_json = json.dumps(secret)[1:-1]
    for written in (
        secret,
        inside_json,
        json.dumps(inside_json)[1:-1],
        inside_json.replace("/", "\\/"),
        repr(secret)[1:-1],
        repr(f"{secret}'\"")[1:-1].removesuffix("\\'\""),
        html.escape(secret),
        html.escape(secret).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        quote_plus(secret),
    ):
        assert SecretRedactor([secret]).redact(f"<{written}>") == "<****>", written
