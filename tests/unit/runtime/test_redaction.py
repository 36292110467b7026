"""No secret passes, in whatever form it stands in a text; and what is none is left alone."""

import html
import json
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from befresh_agent.runtime.redaction import MASK, SecretRedactor, names_secret
from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import known_secrets

FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "in a URL": lambda secret: quote(secret),
    "in a URL, all of it": lambda secret: quote(secret, safe=""),
    "in a URL, in lower case": lambda secret: quote(secret, safe="").lower(),
    "in a URL in a URL": lambda secret: quote(quote(secret, safe=""), safe=""),
    "in a form": quote_plus,
    "as a parameter": lambda secret: urlencode({"key": secret}),
    "in JSON": json.dumps,
    "in JSON as it is": lambda secret: json.dumps(secret, ensure_ascii=False),
    "in JSON for the web": lambda secret: json.dumps(secret).replace("/", "\\/"),
    "in JSON in JSON": lambda secret: json.dumps(json.dumps({"a": [secret]})),
    "in Python": repr,
    "in Python beside both quotes": lambda secret: repr(f"'{secret}\""),
    "in Python's ASCII": ascii,
    "as bytes": lambda secret: repr(secret.encode()),
    "in HTML": html.escape,
    "in a list": lambda secret: repr(["a", secret, "b"]),
    "in a JSON list": lambda secret: json.dumps({"keys": ["a", secret]}),
    "as a bearer": lambda secret: f"Authorization: Bearer {secret}",
    "as a login": lambda secret: f"https://somebody:{secret}@forge.example/path",
}
_CORES = st.text("abcdefghijkmnopqrsuvwxyzABCDEFG23456789", min_size=8, max_size=12)
"""Letters stay as they are in every form: whatever is left of a secret has some of these."""


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=25)
@given(left=st.text(max_size=12), core=_CORES, right=st.text(max_size=12), around=st.text("x\"'\\ %{", max_size=5))
@example(left="a+b/", core="secretsecret", right="==", around="")
@example(left='"wörd" & mo\'re\\', core="secretsecret", right="\\", around="'\"")
@example(left="비밀번호 123\t\n😀", core="secretsecret", right="é\x00\x7f", around="")
def test_no_known_secret_passes_in_any_form(form: str, left: str, core: str, right: str, around: str) -> None:
    cleaned = SecretRedactor([left + core + right]).redact(f"{around}{FORMS[form](left + core + right)}{around}")
    assert core not in cleaned
    assert MASK in cleaned


@given(st.lists(st.text("0123456789abcdef", min_size=32, max_size=32), min_size=1, max_size=3, unique=True))
def test_each_of_several_keys_in_one_secret_is_one(keys: list[str]) -> None:
    redaction = SecretRedactor([" ".join(f"FB:89:EB:22:95:{place:02X}={key}" for place, key in enumerate(keys))])
    for key in keys:
        for text in (f"key {key} does not fit", f"KEY {key.upper()} does not fit", json.dumps([key])):
            assert key not in redaction.redact(text).lower()


@pytest.mark.parametrize(
    "text",
    [
        "https://x.example/?lang=ko&key=a%2Bb%2Fc%3D%3Dsecret&x=1",
        "Authorization: Bearer abc.def-secret",
        "proxy-authorization: basic c29tZW9uZTpzZWNyZXQ=secret",
        "https://me:s3cr3t-secret@forge.example/x",
        "https://s3cr3t-secret@forge.example/x",
        "broker me:s3cr3t-secret@broker:9092",
        '{"kafka_password": "with blanks, and secret"}',
        "{'api_token': 'it\\'s secret'}",
        '{\\"password\\": \\"a b secret\\"}',
        "porcupine_key = 'abcd secret'",
        "keys: [one-secret, two-secret]",
        "PASSWORD=abc-secret",
    ],
)
def test_what_looks_like_a_secret_passes_neither(text: str) -> None:
    cleaned = SecretRedactor([]).redact(text)
    assert "secret" not in cleaned
    assert MASK in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "12:30:45 kafka.key_file = /etc/fridge.pem, phrase 일반 등록, 2026-11-21 10:11:12, key None",
        "voice.porcupine_keyword: give the file; keyword=ilban.ppn",
        '{"password": null, "token": ""}',
        "FB:89:EB:22:95:84 was heard by NiclaSenseME-9584",
        "http://127.0.0.1:8480/ and mail to somebody@example.org",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert SecretRedactor([]).redact(text) == text


def test_json_stays_json() -> None:
    text = json.dumps({"password": "a b c d", "keys": ["abcd", "efgh"], "pin_key": 12345, "port": 9092, "key": 'x"yz'})
    cleaned = json.loads(SecretRedactor([]).redact(text))
    assert cleaned["port"] == 9092
    assert {cleaned[name] for name in ("password", "pin_key", "key")} == {MASK}


def test_values_are_redacted_with_their_names() -> None:
    value = {"kafka_password": 12345, "list": ["hunter22", 4711, 3], "detail": "x hunter22"}
    assert SecretRedactor(["hunter22", "4711"]).redact_value(value) == {
        "kafka_password": MASK,
        "list": [MASK, MASK, 3],
        "detail": f"x {MASK}",
    }


def test_basic_logins_pass_neither() -> None:
    assert b64encode(b"me:hunter22").decode() not in SecretRedactor([]).redact(
        f"Basic {b64encode(b'me:hunter22').decode()}"
    )


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("PORCUPINE_KEY", True),
        ("BEFRESH_SECRETS_BTHOME_KEYS", True),
        ("kafka_password", True),
        ("key", True),
        ("GH_TOKEN", True),
        ("CLIENT_SECRET", True),
        ("BEFRESH_SECRETS_NOTIFY_URLS", True),
        ("kafka.key_file", False),
        ("keyboard", False),
    ],
)
def test_names_of_secrets(name: str, secret: bool) -> None:
    assert names_secret(name) == secret


def test_every_secret_that_is_in_force_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GH_TOKEN", "from-the-environment")
    known = Settings.model_validate({"secrets": {"kafka_password": "hunter22"}})
    assert known_secrets(known, None) >= {"hunter22", "from-the-environment"}
