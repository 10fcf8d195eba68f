"""Who may ask, what may run, and that looking changes nothing."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import commands
import previews
from newsletter.shipped import copy_shipped
from newsletter.web.preview.panels import ACTIONS
from newsletter.web.preview.serving import open_door
from previews import Preview, await_shown, await_that, in_email

#: Opens a view in a tab.
Show = Callable[..., Any]
ADDRESSES = (
    "",
    "?day=2026-08-13&template=compact&look=dark&images=off&width=390",
    "?show=inbox",
    "?show=text",
    "?show=source",
    "?show=headers",
    "?before=0",
    "email",
    "newsletter.html",
    "newsletter.txt",
    "newsletter.eml",
    "static/preview.css",
)
HOSTILE = (
    "<script>parent.hacked = 1</script>",
    '<img src=x onerror="parent.hacked=1">',
    "</title></style><svg onload=parent.hacked=1>",
    '"><iframe src="javascript:parent.hacked=1"></iframe>',
)


def list_files(home: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def test_it_listens_on_this_machine_alone(preview: Preview) -> None:
    port = httpx.URL(preview.address).port
    assert port is not None

    with socket.create_connection(("127.0.0.1", port)):
        pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=2)


def look_at_all(preview: Preview) -> None:
    with httpx.Client(base_url=preview.address, timeout=20) as client:
        for address in ADDRESSES:
            assert client.get(address).status_code == 200, address
            assert client.head(address).status_code == 200, address


def test_looking_changes_no_file(preview: Preview) -> None:
    before = list_files(preview.home)

    look_at_all(preview)

    assert list_files(preview.home) == before


def test_looking_changes_no_store(tmp_path: Path) -> None:
    copy_shipped(tmp_path)
    commands.run("send", "--quiet", home=tmp_path)
    before = list_files(tmp_path)

    with previews.running(tmp_path) as running:
        look_at_all(running)

    assert any(name.endswith("newsletter.db") for name in before)
    assert list_files(tmp_path) == before


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("127.0.0.1", 200),
        ("localhost", 200),
        ("[::1]", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
def test_only_its_own_names_are_answered(preview: Preview, host: str, code: int) -> None:
    """DNS rebinding: a page of the web whose name was made to lead to this machine."""
    port = httpx.URL(preview.address).port

    answer = httpx.get(preview.address, headers={"Host": f"{host}:{port}" if host else ""})

    assert answer.status_code == code


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"}],
)
def test_nothing_is_asked_for_by_others_pages(preview: Preview, headers: dict[str, str]) -> None:
    for address in ("", "do/anything", "email"):
        answer = httpx.post(preview.address + address, headers=headers, data={"a": "b"})
        assert answer.status_code == 403


def test_a_get_is_not_enough_where_something_is_done(preview: Preview) -> None:
    for name in (*ACTIONS, "anything"):
        assert httpx.get(f"{preview.address}do/{name}").status_code in (404, 405)


def test_every_answer_says_what_a_browser_may_do_with_it(preview: Preview) -> None:
    with httpx.Client(base_url=preview.address, timeout=20) as client:
        answers = {each: client.get(each).headers for each in (*ADDRESSES, "nowhere")}

    for address, headers in answers.items():
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, address
        assert "unsafe-inline" not in policy or address == "email"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
    email = answers["email"]["Content-Security-Policy"]
    assert email.startswith("sandbox ")
    assert "allow-scripts" not in email
    assert "script-src" not in email


@pytest.fixture(scope="module")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """A preview that others could reach."""
    home = tmp_path_factory.mktemp("abroad")
    copy_shipped(home)
    with previews.running(home, "--host", "0.0.0.0") as running:
        yield running


def test_who_comes_from_elsewhere_needs_the_token(abroad: Preview) -> None:
    address = httpx.URL(abroad.address)
    token = address.params["token"]
    bare = f"http://127.0.0.1:{address.port}/"

    with httpx.Client(timeout=20) as stranger, httpx.Client(timeout=20) as friend:
        refused = [
            stranger.get(bare + each).status_code
            for each in ("", "email", "events", "newsletter.eml", "static/preview.js")
        ]
        wrong = stranger.get(bare, params={"token": token[:-1] + "_"})
        cookie = f"preview_{address.port}={token[:-1]}_"
        forged = stranger.get(bare, headers={"Cookie": cookie})
        let_in = friend.get(bare, params={"token": token, "look": "dark"})
        again = friend.get(bare)

    assert refused == [403] * 5
    assert (wrong.status_code, forged.status_code) == (403, 403)
    assert let_in.status_code == 303
    assert httpx.URL(let_in.headers["Location"]).query == b"look=dark"
    assert "httponly" in let_in.headers["Set-Cookie"].lower()
    assert "samesite=lax" in let_in.headers["Set-Cookie"].lower()
    assert again.status_code == 200
    assert len(token) >= 24


def test_a_browser_gets_in_by_the_printed_address(browser: Any, abroad: Preview) -> None:
    address = httpx.URL(abroad.address).copy_with(host="127.0.0.1")
    page = previews.open_page(browser, Preview(abroad.home, str(address), abroad.process))

    await_shown(page)
    page.wait_for_selector("#live >> text=Live")

    assert "token" not in page.url
    page.context.close()


def test_every_run_has_another_token() -> None:
    doors = [open_door(host, 0) for host in ("0.0.0.0", "0.0.0.0", "127.0.0.1", "localhost")]

    for door in doors:
        door.listener.close()
    first, second, *own = [door.token for door in doors]
    assert first != second
    assert own == ["", ""]


def test_hostile_papers_stay_words(browser: Any, tmp_path: Path) -> None:
    copy_shipped(tmp_path)
    papers = tmp_path / "data" / "papers"
    for path in papers.iterdir():
        path.unlink()
    listed = [
        {
            "id": f"2608.{at:05}",
            "title": f"Number {at} {words}",
            "summary": words,
            "abstract": words,
            "upvotes": 100 - at,
            "authors": [words],
        }
        for at, words in enumerate(HOSTILE)
    ]
    (papers / "2026-08-14_seen_20260814T0800Z.json").write_text(json.dumps(listed))

    with previews.running(tmp_path) as running:
        page = previews.open_page(browser, running)
        titles = in_email(page, "email => [...email.querySelectorAll('h2')].map(e => e.innerText)")
        inside = in_email(
            page, "email => email.querySelectorAll('script, iframe, svg, [onerror]').length"
        )
        for tab in ("inbox", "text", "source", "headers"):
            page.click(f"#show-{tab}")
            page.wait_for_url(f"**/?show={tab}")
            assert page.locator("#sheet svg, #sheet script, #sheet iframe").count() == 0
        hacked = page.evaluate("window.hacked")
        page.context.close()

    assert hacked is None
    assert inside == 0
    assert any("<script>parent.hacked = 1</script>" in title for title in titles)


def test_a_template_that_holds_a_script_runs_nothing(show: Show, restored: Preview) -> None:
    page = show()
    await_shown(page)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    restored.change(
        "templates/digest.mjml",
        "<mj-raw><div",
        "<mj-raw><script>parent.hacked = 1; document.title = 'hacked'</script><div",
    )
    await_that(
        page,
        "document.querySelector('#email')?.contentDocument?.querySelector('script')",
    )

    assert page.evaluate("window.hacked") is None
    assert in_email(page, "email => email.title") != "hacked"
    assert any("Blocked script execution" in line for line in said)


def test_the_frame_is_sandboxed_and_its_links_open_beside_the_preview(
    show: Show, preview: Preview
) -> None:
    page = show()
    await_shown(page)
    sandbox = page.get_attribute("#email", "sandbox")

    with page.context.expect_page() as opened:
        page.frame_locator("#email").locator("h2 a").first.click()

    assert "allow-scripts" not in sandbox
    assert "allow-top-navigation" not in sandbox
    assert "allow-forms" not in sandbox
    assert opened.value.url.startswith("https://huggingface.co/")
    assert opened.value.evaluate("window.opener") is None
    assert page.url == preview.address


def test_a_port_that_is_taken_is_told(preview: Preview, tmp_path: Path) -> None:
    copy_shipped(tmp_path)
    port = httpx.URL(preview.address).port

    ran = commands.run("preview", "--no-open", "--port", str(port), home=tmp_path)

    assert ran.code == 2
    assert f"port {port}" in ran.err
    assert "--port" in ran.err


def test_a_host_that_is_not_ours_is_told(tmp_path: Path) -> None:
    copy_shipped(tmp_path)

    ran = commands.run("preview", "--no-open", "--host", "nowhere.invalid", home=tmp_path)

    assert ran.code == 2
    assert "nowhere.invalid" in ran.err
