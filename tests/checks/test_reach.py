"""Links are asked on a real server on loopback, a few at a time, and never for long."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newsletter.checks.findings import Finding, Level
from newsletter.checks.mail import read_html
from newsletter.checks.reach import is_global, reach


@dataclass
class Site:
    """A web site that answers by the path of a request, and counts."""

    port: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def come(self, what: str) -> None:
        with self.lock:
            self.asked[what] += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)

    def go(self) -> None:
        with self.lock:
            self.at_once -= 1


class Server(ThreadingHTTPServer):
    daemon_threads = True
    site = Site()


class Answering(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        site = self.server.site  # type: ignore[attr-defined]
        site.come(f"{self.command} {self.path}")
        self._answer(self.path.strip("/").split("/"))
        site.go()

    do_GET = do_HEAD

    def _answer(self, path: list[str]) -> None:
        match path:
            case ["pause", seconds, *_]:
                time.sleep(float(seconds))
                self._say(200)
            case ["get-only"]:
                self._say(200 if self.command == "GET" else 405)
            case ["to", *target]:
                self._say(302, Location="/" + "/".join(target))
            case ["picture", kind]:
                self._say(200, Content_Type=f"image/{kind}")
            case [status] if status.isdigit():
                self._say(int(status))
            case _:
                self._say(200, Content_Type="text/html; charset=utf-8")

    def _say(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content_Length": "0"}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    with Server(("127.0.0.1", 0), Answering) as server:
        server.site = Site(port=server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server.site
        server.shutdown()
        thread.join()


def ask(*elements: str) -> list[Finding]:
    mail = read_html("".join(elements))
    return list(reach(mail, seconds=1, may_ask=is_no_secret, may_connect=is_here))


def is_here(ip: str) -> bool:
    return ip == "127.0.0.1"


def is_no_secret(address: str) -> bool:
    return "/to/" in address or "secret" not in address


def link(address: str) -> str:
    return f"<a href='{address}'>word</a>"


def troubles(findings: list[Finding]) -> list[str]:
    return [finding.what for finding in findings if finding.level is Level.WARNING]


@pytest.mark.parametrize("path", ["page", "200", "get-only", "to/page", "page#part"])
def test_what_answers_is_well(site: Site, path: str) -> None:
    (summary,) = ask(link(site.url(path)))

    assert summary.what == "1 of 1 addresses answer"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("404", "answers 404"),
        ("410", "answers 410"),
        ("500", "answers 500"),
        ("pause/2", "within 1 seconds"),
    ],
)
def test_what_does_not_answer_is_told_with_its_places(site: Site, path: str, said: str) -> None:
    finding, _ = ask(link(site.url(path)), link(site.url(path)))

    assert finding.level is Level.WARNING
    assert said in finding.what
    assert len(finding.where) == 2


def test_a_redirect_that_leads_in_a_ring_is_told(site: Site) -> None:
    ring = site.url("to/" * 30 + "page")

    assert "cannot be reached" in troubles(ask(link(ring)))[0]


def test_what_may_not_be_asked_is_not_followed_either(site: Site) -> None:
    (told,) = troubles(ask(link(site.url("to/secret")), link(site.url("page"))))

    assert told.endswith(f"is not asked: it leads to {site.url('secret')}")
    assert set(site.asked) <= {"HEAD /to/secret", "HEAD /page"}


def test_a_server_that_is_not_there_is_told() -> None:
    html = "<a href='https://nowhere.invalid/x'>word</a>"

    (told,) = troubles(list(reach(read_html(html), seconds=5)))

    assert told.startswith("https://nowhere.invalid/x cannot be reached")


@pytest.mark.parametrize("status", [403, 429, 999])
def test_what_refuses_programs_is_a_note(site: Site, status: int) -> None:
    finding, _ = ask(link(site.url(str(status))))

    assert finding.level is Level.NOTE


def test_a_machine_that_is_offline_is_one_finding() -> None:
    findings = ask(*(link(f"http://127.0.0.1:{port}/") for port in (1, 2, 3)))

    assert troubles(findings) == ["None of 3 addresses can be reached"]
    assert len(findings) == 1


def test_each_address_is_asked_once_whatever_its_fragment(site: Site) -> None:
    ask(*(link(site.url(f"page#{part}")) for part in range(5)))

    assert site.asked == {"HEAD /page": 1}


def test_one_site_is_asked_by_two_at_a_time(site: Site) -> None:
    ask(*(link(site.url(f"pause/0.05/{number}")) for number in range(12)))

    assert sum(site.asked.values()) == 12
    assert site.most_at_once == 2


def test_pictures_are_judged_by_what_the_server_calls_them(site: Site) -> None:
    def picture(path: str) -> str:
        return f"<img src='{site.url(path)}' alt='x'>"

    assert troubles(ask(picture("picture/png"))) == []
    assert "is no picture" in troubles(ask(picture("page")))[0]
    assert "WebP" in troubles(ask(picture("picture/webp")))[0]


def test_the_readers_own_link_and_other_schemes_are_not_asked(site: Site) -> None:
    mail = replace(
        read_html(link(site.url("leave")) + link("mailto:a@b.example") + link("cid:x")),
        unsubscribe_url=site.url("leave"),
    )

    reach(mail, may_ask=lambda address: True, may_connect=is_here)

    assert not site.asked


def test_addresses_of_this_network_are_not_asked() -> None:
    (summary,) = reach(read_html(link("http://127.0.0.1:9/") + link("http://router/")))

    assert summary.what == "0 of 0 addresses answer"


def test_a_name_that_stands_for_a_machine_of_this_network_is_not_asked(site: Site) -> None:
    address = site.url("page").replace("127.0.0.1", "localhost")
    mail = read_html(link(address) + link(site.url("other")))

    findings = reach(mail, seconds=5, may_ask=lambda address: True)

    told = [finding.what for finding in findings]
    assert "localhost is " in told[0]
    assert told[1].endswith("is not asked: 127.0.0.1 is 127.0.0.1, which is not on the internet")
    assert not site.asked
    # As a host of one's own may be: it is another to readers.
    assert {finding.level for finding in findings} == {Level.NOTE}
    assert "another network" in findings[0].do


@pytest.mark.parametrize(
    ("ip", "may_be_asked"),
    [
        ("93.184.215.14", True),
        ("2606:2800:220:1::", True),
        ("64:ff9b::5db8:d70e", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("::ffff:10.0.0.1", False),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("fe80::1%lo", False),
        ("224.0.0.1", False),
        ("ff0e::1", False),
    ],
)
def test_an_address_of_a_machine_is_judged_by_where_it_leads(ip: str, may_be_asked: bool) -> None:
    assert is_global(ip) is may_be_asked
