"""Tests sent from the preview, and the mail that the sandbox kept."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.policy import default
from typing import Any

import httpx
import pytest
from delivery.sink import Sink

from commands import run
from newsletter.shipped import copy_shipped
from previews import Preview, await_email, in_email, open_page, running

#: Opens a view in a tab.
Show = Callable[..., Any]


@pytest.fixture(scope="module")
def relay() -> Iterator[Sink]:
    with Sink(keeps_messages=True) as sink:
        yield sink


@pytest.fixture(scope="module")
def relayed(relay: Sink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """A preview whose newsletter is sent through a real SMTP server."""
    home = tmp_path_factory.mktemp("relayed") / "my papers"
    copy_shipped(home)
    env = {
        "NEWSLETTER_SMTP__HOST": "127.0.0.1",
        "NEWSLETTER_SMTP__PORT": str(relay.port),
        "NEWSLETTER_SMTP__SECURITY": "none",
    }
    with running(home, env=env) as preview:
        yield preview


@pytest.fixture
def open_relayed(browser: Any, relayed: Preview) -> Iterator[Callable[[str], Any]]:
    opened = []

    def open_one(query: str) -> Any:
        opened.append(open_page(browser, relayed, query))
        return opened[-1]

    yield open_one
    for page in opened:
        page.context.close()


def send(page: Any, to: str) -> str:
    page.fill("#to", to)
    page.click("#test button")
    page.wait_for_selector("#said-test p")
    return str(page.inner_text("#said-test"))


def test_a_test_reaches_a_real_server_as_it_is_shown_and_is_recorded_nowhere(
    open_relayed: Callable[[str], Any], relayed: Preview, relay: Sink
) -> None:
    page = open_relayed("?panel=send&template=compact&brand.accent=%230055ab")

    said = send(page, "Ada@Example.org")

    message = message_from_bytes(relay.messages[-1], policy=default)
    html = message.get_body(("html",))
    assert said.startswith("127.0.0.1 took it for Ada@example.org: 250")
    assert relay.accepted[-1] == "Ada@example.org"
    assert html is not None
    assert "#0055ab" in html.get_content()
    assert not list(relayed.home.rglob("*.db"))


def test_what_the_relay_says_against_it_is_told(
    open_relayed: Callable[[str], Any], relay: Sink
) -> None:
    page = open_relayed("?panel=send")

    said = send(page, "rcpt=550=5.1.1+eve@example.org")

    assert "5.1.1" in said
    assert page.locator("#said-test .failed").count() == 1
    assert page.input_value("#to") == "rcpt=550=5.1.1+eve@example.org"


def test_though_there_is_a_relay_the_sandbox_may_keep_it(
    open_relayed: Callable[[str], Any], relay: Sink
) -> None:
    page = open_relayed("?panel=send")
    before = len(relay.accepted)

    page.check("[name=by][value=sandbox]")
    said = send(page, "grace@example.org")

    assert "nothing left this machine" in said
    assert len(relay.accepted) == before
    page.wait_for_selector(".opened")


def test_while_a_relay_is_waited_for_everything_else_is_answered(
    mute: tuple[Preview, socket.socket],
) -> None:
    preview, relay = mute
    form, origin = {"to": "ada@example.org"}, preview.address.rstrip("/")
    with ThreadPoolExecutor() as beside:
        sending = beside.submit(
            httpx.post, f"{preview.address}do/test?panel=send", data=form,
            headers={"Origin": origin}, timeout=60,
        )  # fmt: skip
        connection, _ = relay.accept()
        answer = httpx.get(f"{preview.address}?look=dark", timeout=30)
        was_waiting = not sending.done()
        connection.close()
        outcome = sending.result().text

    assert was_waiting
    assert 'id="email"' in answer.text
    assert re.search(r'<p class="failed">.*127\.0\.0\.1', outcome)


@pytest.mark.parametrize(
    ("form", "code", "said"),
    [
        (b"note=%FF", 400, "not in UTF-8"),
        (b"note=\xff", 400, "not in UTF-8"),
        (b"note=" + b"x" * 200_000, 413, "200,000 bytes"),
    ],
)
def test_a_form_that_cannot_be_read_is_refused_in_words(
    relayed: Preview, form: bytes, code: int, said: str
) -> None:
    headers = {"Origin": relayed.address.rstrip("/")}
    answer = httpx.post(f"{relayed.address}do/words", content=form, headers=headers)

    assert answer.status_code == code
    assert said in answer.text
    assert not (relayed.home / "editions" / "2026-08-14.toml").exists()


def test_on_a_quiet_day_there_is_nothing_to_send(show: Show) -> None:
    page = show("?panel=send&sample=quiet")

    assert page.is_disabled("#test button")
    assert "There is no email to send" in page.inner_text("#test")


def test_an_address_that_is_none_is_told_in_its_place(show: Show) -> None:
    page = show("?panel=send")
    page.evaluate("document.querySelector('#test').noValidate = true")

    said = send(page, "ada@@example")

    assert "ada@@example" in said
    assert page.locator(".mails a").count() == 0


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """A preview of a newsletter that was sent into the sandbox, with a logo."""
    home = tmp_path_factory.mktemp("sent") / "my papers"
    copy_shipped(home)
    (home / "logo.png").write_bytes(make_png())
    config = home / "config.toml"
    config.write_text(config.read_text().replace('logo = ""', 'logo = "logo.png"'))
    assert run("send", home=home).code == 0
    with running(home) as preview:
        yield preview


def test_a_published_day_shows_as_such_and_its_word_is_closed(browser: Any, sent: Preview) -> None:
    page = open_page(browser, sent, "?panel=try")
    assert "published 25 papers" in page.inner_text("#day-2026-08-14")

    page.click("#panel-edit")
    page.wait_for_selector("#panel .fault")

    assert "readers have it: it cannot be edited any more" in page.inner_text("#panel .fault")
    assert page.locator("#panel textarea").count() == 0
    page.context.close()


def test_the_sandbox_shows_each_mail_its_source_and_its_head(browser: Any, sent: Preview) -> None:
    page = open_page(browser, sent, "?panel=send&look=dark")
    page.click(".mails a:has-text('kenji.tanaka')")
    await_email(page, "kenji.tanaka+papers@example.org")

    picture = in_email(page, "email => email.querySelector('img').src")
    page.click("#show-source")
    page.wait_for_selector("pre.raw")
    raw = page.inner_text("pre.raw")
    page.click("#show-headers")
    page.wait_for_selector(".heads")

    assert picture.startswith("data:image/png;base64,")
    assert "Content-Transfer-Encoding: quoted-printable" in raw
    assert "List-Unsubscribe" in page.inner_text(".heads")
    page.click("#close-mail")
    page.wait_for_selector(".opened", state="detached")
    page.context.close()


def test_mail_that_comes_into_the_sandbox_comes_into_its_list(browser: Any, sent: Preview) -> None:
    page = open_page(browser, sent, "?panel=send")
    assert page.locator(".mails a").count() == 5

    keep(sent, 1_900_000_000_000_000_000, b"Subject: Late\r\n\r\nHello")

    page.wait_for_selector(".mails li:first-child a:has-text('Late')")
    page.context.close()


def test_thousands_of_mails_are_turned_a_page_at_a_time(
    open_relayed: Callable[[str], Any], relayed: Preview
) -> None:
    shutil.rmtree(relayed.home / "var" / "sandbox", ignore_errors=True)
    for number in range(3_000):
        mail = b"Subject: Mail %d\r\nTo: a@example.org\r\n\r\nHello" % number
        keep(relayed, 1_780_000_000_000_000_000 + number, mail)

    page = open_relayed("?panel=send")

    assert page.inner_text("#sandbox .sum") == "3,000 mails, page 1 of 60"
    assert page.inner_text(".mails li:first-child strong") == "Mail 2999"
    page.click("#sheet-older")
    page.wait_for_url("**sheet=2**")
    assert page.inner_text(".mails li:first-child strong") == "Mail 2949"


def test_a_mail_that_is_gone_is_told(show: Show) -> None:
    page = show("?panel=send&mail=1780000000000000000.x.sandbox")

    assert "There is no such mail" in page.inner_text("#notice")
    await_email(page, "25 papers")


def keep(preview: Preview, moment: int, mail: bytes) -> None:
    """As the sandbox keeps it."""
    new = preview.home / "var" / "sandbox" / "mail" / "new"
    new.mkdir(parents=True, exist_ok=True)
    (new / f"{moment}.x.sandbox").write_bytes(mail)


def make_png() -> bytes:
    """A picture of one pixel."""
    return bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
        "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
    )
