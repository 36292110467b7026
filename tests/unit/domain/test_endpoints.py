"""Addresses of servers: what people write, and what they mistype."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.endpoints import ServerEndpoint, is_here, parse_endpoint, parse_endpoints, parse_host
from befresh_agent.errors import InvalidValue


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("broker", ServerEndpoint("broker", 9092)),
        ("broker.example:1", ServerEndpoint("broker.example", 1)),
        ("my_broker-1.lan:65535", ServerEndpoint("my_broker-1.lan", 65535)),
        ("192.168.0.10:9093", ServerEndpoint("192.168.0.10", 9093)),
        ("[::1]:9094", ServerEndpoint("::1", 9094)),
        ("[2001:db8::7]", ServerEndpoint("2001:db8::7", 9092)),
    ],
)
def test_an_address(text: str, endpoint: ServerEndpoint) -> None:
    assert parse_endpoint(text, 9092) == endpoint


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("broker:0", "a port from 1 to 65535"),
        ("broker:65536", "a port from 1 to 65535"),
        ("broker:999999999999999999999", "a port from 1 to 65535"),
        ("broker:１", "a port from 1 to 65535"),
        ("broker:", "a port from 1 to 65535"),
        (":9092", "no host"),
        ("", "no host"),
        ("http://broker:9092", "web address"),
        ("::1:9092", "brackets"),
        ("[127.0.0.1]:1", "only IPv6"),
        ("0.0.0.0.0:1", "no IP address"),
        ("256.1.1.1:1", "no IP address"),
        ("two words:1", "no host"),
        ("-x:1", "no host"),
        ("브로커:1", "no host"),
    ],
)
def test_what_is_none_says_why(text: str, why: str) -> None:
    with pytest.raises(InvalidValue, match=why):
        parse_endpoint(text, 9092)


def test_without_a_usual_port_one_must_be_given() -> None:
    with pytest.raises(InvalidValue, match="needs a port"):
        parse_endpoint("server")


def test_several() -> None:
    assert parse_endpoints("a:1, b:2") == (ServerEndpoint("a", 1), ServerEndpoint("b", 2))
    assert parse_endpoints(" ") == ()
    with pytest.raises(InvalidValue, match="comma too many"):
        parse_endpoints("a:1,,b:2")


@given(st.text())
def test_any_text_is_a_host_or_refused(text: str) -> None:
    try:
        host = parse_host(text)
    except InvalidValue:
        return
    assert host
    assert not set(host) & set(" /\t\n@,")


@pytest.mark.parametrize(
    ("host", "here"),
    [
        *((host, True) for host in ("127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "localhost")),
        *((host, False) for host in ("0.0.0.0", "::", "10.0.0.7", "::ffff:10.0.0.7", "fridge.lan", "LOCALHOST", "")),
    ],
)
def test_this_very_machine_is_told_from_all_others(host: str, here: bool) -> None:
    assert is_here(host) is here
