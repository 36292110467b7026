"""The guard before the page, asked as a server asks it, and the token that it asks for."""

import os
import re
import stat
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from befresh_agent.errors import BefreshError
from befresh_agent.page.access import AccessGuard
from befresh_agent.page.access_token import AccessToken, WrongTokens, asked_for
from befresh_agent.page.forwarded import TrustedProxies
from befresh_agent.page.templating import under
from befresh_agent.settings.model import PageSettings

PROXIED = "asked-for-behind-a-proxy"
TOKEN = "s3cret-Token_of-the-fridge"
LIMIT = 64 * 1024
CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Fridge:
    """A guard, and the page behind it, which notes what reaches it."""

    token: str | None = None
    names: tuple[str, ...] = ()
    now: float = 1000.0
    peer: str = "127.0.0.1"
    reached: list[str] = field(default_factory=list)
    body: bytes = b""
    hung_up: bool = False
    own_headers: tuple[tuple[bytes, bytes], ...] | None = ()

    def __post_init__(self) -> None:
        self.guard = AccessGuard(
            self._page,
            names=self.names,
            token=lambda foreign: PROXIED if foreign and not self.token else self.token,
            proxies=TrustedProxies([ip_network("10.0.0.0/24")]),
            uploads={"/upload": 100_000},
            now=lambda: self.now,
        )

    async def _page(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        self.reached.append(scope["path"])
        self.body, more = b"", True
        while more:
            message = await receive()
            self.hung_up = message["type"] == "http.disconnect"
            self.body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {} if self.own_headers is None else {"headers": self.own_headers}
        await send({"type": "http.response.start", "status": 200, **headers})
        await send({"type": "http.response.body", "body": b"fridge 17"})

    async def ask(
        self,
        path: str = "/",
        *,
        method: str = "GET",
        query: str = "",
        body: Iterable[bytes] = (b"",),
        headers: Mapping[str, str] | None = None,
        **more: str | None,
    ) -> Answer:
        """What a browser gets; headers are written with underscores, and the host is an address unless given."""
        given = {"host": "127.0.0.1:8480", **(headers or {}), **more}
        pieces = list(body)
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "client": (self.peer, 50_000),
            "path": path,
            "query_string": query.encode("latin-1"),
            "headers": [
                (name.replace("_", "-").encode(), value.encode("latin-1"))
                for name, value in given.items()
                if value is not None
            ],
        }
        await self.guard(scope, receive, send)
        start, text = sent
        assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
        found = {name.decode(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], found, text["body"].decode())


@pytest.fixture
def open_fridge() -> Fridge:
    return Fridge()


@pytest.fixture
def fridge() -> Fridge:
    return Fridge(token=TOKEN)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8480", "LOCALHOST:1", "localhost", "[::1]:8480", "10.0.0.7", "my.fridge:80", "MY.FRIDGE"]
)
async def test_addresses_and_known_names_may_be_asked_for(host: str) -> None:
    fridge = Fridge(names=("My.Fridge",))
    assert (await fridge.ask(host=host)).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "my.fridge", "[::", "1.2.3.4.5"]
)
async def test_a_name_that_somebody_else_controls_leads_nowhere(open_fridge: Fridge, host: str) -> None:
    answer = await open_fridge.ask(host=host)
    assert answer.status == 421
    assert "page.names may hold more names" in answer.text
    assert open_fridge.reached == []


async def test_the_answer_names_what_was_asked_for_but_never_at_length(open_fridge: Fridge) -> None:
    assert (await open_fridge.ask(host="evil.example")).text.startswith("evil.example: not a name of this fridge")
    for none in ("", "[::", None):
        assert (await open_fridge.ask(host=none)).text.startswith("no Host: ")
    assert (await open_fridge.ask(host="e" * 200)).text.startswith("e" * 80 + ": ")


async def test_what_is_no_request_for_a_page_gets_no_answer(open_fridge: Fridge) -> None:
    async def never(*_: object) -> Any:
        pytest.fail("nothing is read or said")

    await open_fridge.guard({"type": "websocket"}, never, never)
    assert open_fridge.reached == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8481"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site", "origin": "http://127.0.0.1:8480"},
    ],
)
async def test_other_sites_can_change_nothing(open_fridge: Fridge, method: str, headers: dict[str, str]) -> None:
    answer = await open_fridge.ask("/press", method=method, headers=headers)
    assert (answer.status, answer.text) == (403, "this request comes from another site\n")
    assert open_fridge.reached == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": "same-origin", "origin": "http://127.0.0.1:8480"},
        {"host": "LocalHost:8480", "origin": "http://LOCALHOST:8480"},
    ],
)
async def test_our_own_pages_and_programs_that_are_no_browsers_can(
    open_fridge: Fridge, headers: dict[str, str]
) -> None:
    assert (await open_fridge.ask("/press", method="POST", headers=headers)).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_other_sites_may_link_to_the_page(open_fridge: Fridge, method: str) -> None:
    assert (await open_fridge.ask(method=method, sec_fetch_site="cross-site")).status == 200


async def test_without_a_token_nobody_is_let_in_and_the_way_to_it_is_told(fridge: Fridge) -> None:
    answer = await fridge.ask()
    assert answer.status == 401
    assert answer.text == "This page asks for a token: `befresh-agent page --qr` shows it.\n"
    assert answer.headers["www-authenticate"] == 'Bearer realm="befresh-agent"'
    assert fridge.reached == []


@pytest.mark.parametrize(
    "given", [TOKEN[:-1], TOKEN[0], TOKEN + "x", TOKEN.lower(), "wrong", "토큰".encode().decode("latin-1")]
)
async def test_only_the_whole_token_opens(fridge: Fridge, given: str) -> None:
    for answer in (
        await fridge.ask(authorization=f"Bearer {given}"),
        await fridge.ask(cookie=f"befresh_token={given}"),
        await fridge.ask(query=f"token={given}"),
    ):
        assert answer.status == 401
        assert "befresh-agent page --qr" in answer.text
        assert "www-authenticate" in answer.headers
        assert "set-cookie" not in answer.headers
    assert fridge.reached == []


@pytest.mark.parametrize("given", ["", "Basic " + TOKEN, TOKEN, "Bearer", "Bearer "])
async def test_what_is_no_bearer_is_no_token(fridge: Fridge, given: str) -> None:
    assert (await fridge.ask(authorization=given)).status == 401
    assert (await fridge.ask(query="token=", authorization=given)).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {TOKEN}"},
        {"authorization": f"bearer   {TOKEN} "},
        {"cookie": f"befresh_token={TOKEN}"},
        {"cookie": f"other=1; befresh_token={TOKEN}"},
        {"authorization": f"Bearer {TOKEN}", "cookie": "befresh_token=old"},
    ],
)
async def test_the_token_opens_as_a_header_and_as_a_cookie(fridge: Fridge, headers: dict[str, str]) -> None:
    assert (await fridge.ask(headers=headers)).status == 200


@pytest.mark.parametrize("cookie", ["", "befresh_token", 'befresh_token="', "(=1", "a=1; $path=2; (x)=3", "other=1"])
async def test_a_cookie_that_is_none_opens_nothing_and_is_no_guess(fridge: Fridge, cookie: str) -> None:
    answer = await fridge.ask(cookie=cookie)
    assert (answer.status, answer.text[:22]) == (401, "This page asks for a t")


async def test_what_a_page_looks_like_is_no_secret(fridge: Fridge) -> None:
    assert (await fridge.ask("/static/page.css")).status == 200
    assert (await fridge.ask("/static")).status == 401
    assert (await fridge.ask("/food/static/")).status == 401


@pytest.mark.parametrize(
    ("path", "query", "place"),
    [
        ("/", f"token={TOKEN}", "/"),
        ("/food", f"shelf=soon&token={TOKEN}&q=", "/food?shelf=soon&q="),
        ("//evil.example", f"token={TOKEN}", "/evil.example"),
        ("/XML", f"token={TOKEN}", "/XML"),
        ("/\\evil.example", f"token={TOKEN}", "/%5Cevil.example"),
        ("/\r\nX-Evil: 1", f"token={TOKEN}", "/%0D%0AX-Evil%3A%201"),
        ("/음식", f"token={TOKEN}", "/%EC%9D%8C%EC%8B%9D"),
    ],
)
async def test_a_token_in_the_address_becomes_a_cookie_and_leaves_the_address(
    fridge: Fridge, path: str, query: str, place: str
) -> None:
    answer = await fridge.ask(path, query=query)
    assert (answer.status, answer.text, answer.headers["location"]) == (303, "", place)
    assert answer.headers["content-length"] == "0"
    assert answer.headers["set-cookie"] == (f"befresh_token={TOKEN}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax")
    assert fridge.reached == []


async def test_a_form_with_a_token_in_its_address_is_taken_as_it_is(fridge: Fridge) -> None:
    assert (await fridge.ask("/press", method="POST", query=f"token={TOKEN}")).status == 200


async def test_the_token_in_the_address_counts_before_an_old_cookie(fridge: Fridge) -> None:
    assert (await fridge.ask(query=f"token={TOKEN}", cookie="befresh_token=old")).status == 303


async def test_ten_wrong_tokens_in_a_minute_and_this_peer_is_told_to_wait(fridge: Fridge) -> None:
    for _ in range(10):
        assert (await fridge.ask(query="token=guess")).status == 401
        fridge.now += 1
    refused = await fridge.ask(query="token=guess")
    assert (refused.status, refused.text) == (429, "too many wrong tokens; wait a minute\n")
    assert refused.headers["retry-after"] == "60"
    [named] = fridge.guard.turned_away.lately()
    assert (named.peer, named.why, named.count) == (fridge.peer, "too many wrong tokens", 1)
    assert (await fridge.ask()).status == 401, "whoever brings none is told where it is"
    fridge.now = 1061
    assert (await fridge.ask(query="token=guess")).status == 401
    assert (await fridge.ask(query="token=guess")).status == 429


async def test_wrong_tokens_shut_out_neither_the_right_one_nor_others(fridge: Fridge) -> None:
    for _ in range(50):
        await fridge.ask(query="token=guess")
    assert (await fridge.ask(query="token=guess")).status == 429
    assert (await fridge.ask(authorization=f"Bearer {TOKEN}")).status == 200
    fridge.peer = "192.168.0.8"
    assert (await fridge.ask(query="token=guess")).status == 401


async def test_a_network_full_of_guessers_is_not_remembered_for_ever() -> None:
    wrong = WrongTokens()
    for number in range(100_000):
        assert not wrong.too_many(f"fd00::{number:x}", 0.0)
    assert len(wrong) <= 1000


async def test_whether_it_is_alive_is_for_everybody_and_nothing_else_is(fridge: Fridge) -> None:
    for host in ("127.0.0.1", "monitor.example", ""):
        assert (await fridge.ask("/healthz", host=host)).status == 200
    for path in ("/healthz/", "/healthzz", "//healthz", "/HEALTHZ"):
        assert (await fridge.ask(path)).status == 401
    assert (await fridge.ask("/healthz", method="POST", origin="https://evil.example")).status == 403


@pytest.mark.parametrize(
    ("peer", "status"),
    [("127.0.0.1", 200), ("127.3.2.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("192.168.0.7", 401), ("", 401)],
)
async def test_where_this_machine_needs_no_token_others_do(open_fridge: Fridge, peer: str, status: int) -> None:
    open_fridge.peer = peer
    assert (await open_fridge.ask()).status == status


async def test_asking_without_a_token_is_no_guess(fridge: Fridge) -> None:
    for _ in range(20):
        await fridge.ask()
    assert (await fridge.ask(authorization=f"Bearer {TOKEN}")).status == 200


@pytest.mark.parametrize(("path", "limit"), [("/press", LIMIT), ("/upload", 100_000)])
async def test_a_body_is_as_long_as_allowed_and_no_longer(open_fridge: Fridge, path: str, limit: int) -> None:
    fits = await open_fridge.ask(path, method="POST", body=[b"x" * limit], content_length=str(limit))
    assert (fits.status, len(open_fridge.body), open_fridge.hung_up) == (200, limit, False)
    large = await open_fridge.ask(path, method="POST", content_length=str(limit + 1))
    assert (large.status, large.text) == (413, f"at most {limit} bytes\n")
    assert open_fridge.reached == [path]


@pytest.mark.parametrize("announced", ["-1", "many", "1.5", "²"])
async def test_a_length_that_is_none_is_refused(open_fridge: Fridge, announced: str) -> None:
    assert (await open_fridge.ask("/press", method="POST", content_length=announced)).status == 413


async def test_who_sends_more_than_was_announced_has_hung_up(open_fridge: Fridge) -> None:
    await open_fridge.ask("/press", method="POST", body=[b"x" * 40_000] * 3)
    assert open_fridge.hung_up
    assert len(open_fridge.body) == 40_000


async def test_every_answer_forbids_what_no_page_of_ours_needs(fridge: Fridge) -> None:
    answers = [await fridge.ask("/static/page.css"), await fridge.ask(), await fridge.ask(host="evil.example")]
    for answer in answers:
        assert ALWAYS.items() <= answer.headers.items()


async def test_a_page_may_have_a_policy_of_its_own(open_fridge: Fridge) -> None:
    open_fridge.own_headers = ((b"content-security-policy", b"sandbox"),)
    assert (await open_fridge.ask()).headers == ALWAYS | {"content-security-policy": "sandbox"}
    open_fridge.own_headers = None
    assert (await open_fridge.ask()).headers == ALWAYS


async def test_a_refusal_is_plain_text_that_nobody_keeps(fridge: Fridge) -> None:
    refused = await fridge.ask()
    assert refused.headers["content-type"] == "text/plain; charset=utf-8"
    assert refused.headers["content-length"] == str(len(refused.text.encode()))
    assert refused.headers["cache-control"] == "no-store"


def test_the_token_is_made_once_long_and_for_its_owner_alone(tmp_path: Path) -> None:
    mask = os.umask(0)
    token = AccessToken(tmp_path).value()
    os.umask(mask)
    assert re.fullmatch(r"[\w-]{32}", token)
    assert AccessToken(tmp_path).value() == token
    assert (tmp_path / "page-token").read_text() == f"{token}\n"
    assert stat.S_IMODE((tmp_path / "page-token").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["page-token"]


def test_a_new_token_counts_at_once_for_whoever_read_the_old_one(tmp_path: Path) -> None:
    asked = AccessToken(tmp_path)
    old = asked.value()
    AccessToken(tmp_path).renew()
    new = asked.value()
    assert new != old
    assert asked.value() == new


def test_a_half_written_token_of_before_does_not_stay(tmp_path: Path) -> None:
    (tmp_path / "page-token.new").write_text("x" * 100)
    assert len(AccessToken(tmp_path).value()) == 32


def test_a_token_that_can_be_neither_kept_nor_read_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(BefreshError, match="/proc/gone/page-token: there is no folder /proc/gone; make it first"):
        AccessToken(Path("/proc/gone")).value()
    (tmp_path / "page-token").mkdir()
    with pytest.raises(BefreshError, match=r"page-token: it is a folder, not a file; give a file"):
        AccessToken(tmp_path).value()


def test_before_the_first_start_its_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    AccessToken(tmp_path / "a" / "b").renew()
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


PROXY, STRANGER = "10.0.0.2", "192.168.0.7"


@pytest.mark.parametrize("sign", ["x_forwarded_for", "x_forwarded_host", "x_real_ip", "forwarded", "via"])
async def test_an_open_page_asks_for_a_token_behind_a_proxy_that_nobody_named(open_fridge: Fridge, sign: str) -> None:
    assert (await open_fridge.ask(headers={sign: "1.2.3.4"})).status == 401
    assert (await open_fridge.ask(headers={sign: "1.2.3.4"}, authorization=f"Bearer {PROXIED}")).status == 200


async def test_only_a_named_proxy_is_believed(open_fridge: Fridge) -> None:
    told = {"x_forwarded_host": "evil.example", "authorization": f"Bearer {PROXIED}"}
    open_fridge.peer = STRANGER
    assert (await open_fridge.ask(headers=told)).status == 200, "its own Host counts"
    open_fridge.peer = PROXY
    assert (await open_fridge.ask(headers=told)).status == 421


async def test_behind_a_proxy_guesses_count_for_the_browser(fridge: Fridge) -> None:
    fridge.peer = PROXY
    for number in range(11):
        chain = f"198.51.100.{number}, 203.0.113.9, {PROXY}"  # what stands first is made up by the browser
        answer = await fridge.ask(query="token=guess", x_forwarded_for=chain)
    assert answer.status == 429
    assert (await fridge.ask(query="token=guess", x_forwarded_for="203.0.113.10")).status == 401


@pytest.mark.parametrize("left_in_the_path", [True, False])
async def test_a_browser_stays_under_the_proxys_path(fridge: Fridge, left_in_the_path: bool) -> None:
    fridge.peer = PROXY
    proxied = {"x_forwarded_prefix": "/fridge/", "x_forwarded_proto": "https"}
    answer = await fridge.ask("/fridge/food" if left_in_the_path else "/food", query=f"token={TOKEN}", headers=proxied)
    assert (answer.status, answer.headers["location"]) == (303, "/fridge/food")
    assert answer.headers["set-cookie"].endswith("; Path=/fridge/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure")


@pytest.mark.parametrize("prefix", ["//evil.example", "/a b", "javascript:x", '/"><script>', "/..\r\nX: 1", "/"])
async def test_a_path_that_is_none_is_left_out(fridge: Fridge, prefix: str) -> None:
    fridge.peer = PROXY
    answer = await fridge.ask("/food", query=f"token={TOKEN}", x_forwarded_prefix=prefix)
    assert answer.headers["location"] == "/food"


async def test_a_form_comes_from_where_the_browser_says_the_page_is(fridge: Fridge) -> None:
    fridge.peer = PROXY
    told = {"authorization": f"Bearer {TOKEN}", "x_forwarded_host": "127.0.0.1:8443"}
    for origin, status in (("https://127.0.0.1:8443", 200), ("https://127.0.0.1:8480", 403)):
        assert (await fridge.ask("/press", method="POST", origin=origin, headers=told)).status == status


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        (PageSettings(), False),
        (PageSettings(token="always"), True),
        (PageSettings(proxies=("127.0.0.1",)), True),
        (PageSettings(host="0.0.0.0"), True),
        (PageSettings(host="fridge.lan"), True),
        (PageSettings(host="::1"), False),
    ],
)
def test_a_token_is_needed_wherever_others_can_come_from(page: PageSettings, wanted: bool) -> None:
    assert asked_for(page) is wanted


def test_every_address_of_a_page_is_under_the_prefix_and_nothing_else_is() -> None:
    html = '<a href="/food"><img src="/x.svg"><form action="/press"><a href="#main"><input value="/food">href=&#34;/a'
    assert under("", html) == html
    assert under("/fridge", html) == (
        '<a href="/fridge/food"><img src="/fridge/x.svg"><form action="/fridge/press"><a href="#main">'
        '<input value="/food">href=&#34;/a'
    )


async def test_the_proxys_path_is_a_folder_and_no_beginning_of_a_word(fridge: Fridge) -> None:
    fridge.peer = PROXY
    told = {"authorization": f"Bearer {TOKEN}", "x_forwarded_prefix": "/fridge"}
    for path in ("/fridge/food", "/fridges/food", "/fridge"):
        await fridge.ask(path, headers=told)
    assert fridge.reached == ["/food", "/fridges/food", "/fridge"]


async def test_only_where_a_browser_is_sent_on_to_is_put_under_the_proxys_path(fridge: Fridge) -> None:
    fridge.peer = PROXY
    told = {"authorization": f"Bearer {TOKEN}", "x_forwarded_prefix": "/fridge"}
    fridge.own_headers = ((b"location", b"/food"), (b"x-place", b"/food"), (b"x-word", b"food"))
    answer = await fridge.ask(headers=told)
    assert [answer.headers[name] for name in ("location", "x-place", "x-word")] == ["/fridge/food", "/food", "food"]
    fridge.own_headers = ((b"location", b"https://elsewhere.example/food"),)
    assert (await fridge.ask(headers=told)).headers["location"] == "https://elsewhere.example/food"


@pytest.mark.parametrize(("host", "status"), [("localhost.", 200), ("localhost.:8480", 200), (".localhost", 421)])
async def test_a_name_may_end_with_a_dot_and_not_begin_with_one(open_fridge: Fridge, host: str, status: int) -> None:
    assert (await open_fridge.ask(host=host)).status == status


async def test_a_calendar_goes_on_asking_with_the_token_in_its_address(fridge: Fridge) -> None:
    answer = await fridge.ask("/food.ics", query=f"token={TOKEN}")
    assert (answer.status, fridge.reached) == (200, ["/food.ics"])
    assert "set-cookie" not in answer.headers
