"""A connection to the relay: TLS, login, and the stage of whatever goes wrong."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
import trustme
from delivery.conftest import Certify
from delivery.sending import make_settings
from delivery.sink import Sink, offers_of

from newsletter.delivery.connection import Connection
from newsletter.delivery.relay import find_relay
from newsletter.errors import ConfigError, RelayUnavailable
from newsletter.model import Message, Reply, Stage
from newsletter.settings import Smtp

T = TypeVar("T")
BOTH = pytest.mark.parametrize("offers", [offers_of(False), offers_of(True)], ids=["one", "many"])
PASSWORD = "correct horse"


def message(recipient: str = "ada@example.org", sender: str = "papers@example.org") -> Message:
    return Message(sender, recipient, b"To: you\r\n\r\n", (b"Papers.\r\n",))


def use(smtp: Smtp, act: Callable[[Connection], Awaitable[T]]) -> T:
    async def go() -> T:
        connection = Connection(find_relay(smtp))
        try:
            return await act(connection)
        finally:
            await connection.close()

    return asyncio.run(go())


def open_only(port: int, **changes: Any) -> Reply:
    return use(make_settings(port, **changes).smtp, lambda connection: connection.open())


def send(port: int, *messages: Message, **changes: Any) -> list[tuple[Reply, bool]]:
    """Each reply, and whether the connection could go on after it."""

    async def act(connection: Connection) -> list[tuple[Reply, bool]]:
        found = []
        for one in messages:
            if not connection.is_ready:
                assert (await connection.open()).code == 250
            found.append((await connection.send(one), connection.is_ready))
        return found

    return use(make_settings(port, **changes).smtp, act)


@BOTH
def test_a_message_arrives_byte_for_byte(offers: tuple[str, ...]) -> None:
    with Sink(keeps_messages=True, offers=offers) as sink:
        [(reply, ready)] = send(sink.port, message())

    assert (reply.stage, reply.code, reply.enhanced) == (Stage.DOT, 250, "2.0.0")
    assert ready
    assert sink.messages == [b"To: you\r\n\r\nPapers.\r\n"]
    assert "MAIL FROM:<papers@example.org> SIZE=20" in sink.commands
    assert sink.commands[-1] == "QUIT"


def test_starttls_and_login(certify: Certify, ca_file: Path) -> None:
    with Sink(tls=certify(), users={"me": PASSWORD}) as sink:
        [(reply, _)] = send(
            sink.port,
            message(),
            security="starttls",
            ca_file=ca_file,
            username="me",
            password=PASSWORD,
        )

    assert reply.code == 250
    assert sink.commands.index("STARTTLS") < next(
        place for place, line in enumerate(sink.commands) if line.startswith("AUTH")
    )


def test_tls_from_the_first_byte(certify: Certify, ca_file: Path) -> None:
    with Sink(tls=certify(), implicit=True) as sink:
        [(reply, _)] = send(sink.port, message(), security="tls", ca_file=ca_file)

    assert reply.code == 250


def test_without_starttls_nothing_is_sent_in_the_clear() -> None:
    with Sink() as sink, pytest.raises(RelayUnavailable, match="does not offer STARTTLS"):
        open_only(sink.port, security="starttls")

    assert not any(line.startswith("MAIL") for line in sink.commands)


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(
    ("host", "expired", "known", "words"),
    [
        ("127.0.0.1", True, True, "has expired"),
        ("mx.example.org", False, True, "is for another host; set smtp.host"),
        ("127.0.0.1", False, False, "an authority that is not known here.*smtp.ca_file"),
    ],
)
def test_a_bad_certificate_is_refused_in_words(
    certify: Certify,
    ca_file: Path,
    security: str,
    host: str,
    expired: bool,
    known: bool,
    words: str,
) -> None:
    with (
        Sink(tls=certify(host, expired=expired), implicit=security == "tls") as sink,
        pytest.raises(RelayUnavailable, match=f"certificate of the relay 127.0.0.1:.*{words}"),
    ):
        open_only(sink.port, security=security, ca_file=ca_file if known else None)


def test_tls_towards_a_relay_that_speaks_plain_is_refused_in_words() -> None:
    with Sink() as sink, pytest.raises(RelayUnavailable, match=r"check smtp\.port and smtp\.sec"):
        open_only(sink.port, security="tls")


def test_a_file_of_authorities_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")

    with pytest.raises(ConfigError, match=r"smtp.ca_file: .*ca.pem cannot be read"):
        find_relay(Smtp(host="relay", ca_file=tmp_path / "ca.pem"))


def test_a_wrong_password_comes_back_without_the_password() -> None:
    with Sink(users={"me": PASSWORD}) as sink:
        reply = open_only(sink.port, username="me", password="wrong horse")

    assert (reply.stage, reply.code, reply.enhanced) == (Stage.AUTH, 535, "5.7.8")
    assert "wrong horse" not in str(reply)


def test_a_relay_without_login_is_told_in_words() -> None:
    with Sink() as sink, pytest.raises(RelayUnavailable, match=r"leave smtp\.username empty"):
        open_only(sink.port, username="me", password=PASSWORD)


@pytest.mark.parametrize(
    ("fault", "stage", "code"),
    [
        ("greeting=554=5.3.2", Stage.GREETING, 554),
        ("greeting=421", Stage.GREETING, 421),
        ("greeting=drop", Stage.CONNECT, 0),
        ("greeting=garbage", Stage.CONNECT, 0),
        ("greeting=never", Stage.CONNECT, 0),
        ("ehlo=550", Stage.EHLO, 550),
        ("ehlo=drop", Stage.EHLO, 0),
        ("ehlo=never", Stage.EHLO, 0),
        ("ehlo=garbage", Stage.EHLO, 0),
        ("starttls=454=4.7.0", Stage.STARTTLS, 454),
        ("starttls=drop", Stage.STARTTLS, 0),
        ("handshake=drop", Stage.STARTTLS, 0),
        ("auth=454=4.7.0", Stage.AUTH, 454),
        ("auth=drop", Stage.AUTH, 0),
    ],
)
def test_an_opening_that_fails_says_its_stage(
    certify: Certify, ca_file: Path, fault: str, stage: Stage, code: int
) -> None:
    with Sink(faults=(fault,), tls=certify(), users={"me": PASSWORD}) as sink:
        reply = open_only(
            sink.port,
            security="starttls",
            ca_file=ca_file,
            username="me",
            password=PASSWORD,
            connect_timeout=make_settings(1).smtp.command_timeout,
        )

    assert (reply.stage, reply.code) == (stage, code)


def test_a_relay_that_is_not_there_is_told_at_connect() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        reply = open_only(free.getsockname()[1])

    assert (reply.stage, reply.code) == (Stage.CONNECT, 0)


@BOTH
@pytest.mark.parametrize(
    ("fault", "stage", "code", "goes_on"),
    [
        ("rcpt=550=5.1.1", Stage.RCPT, 550, True),
        ("rcpt=451", Stage.RCPT, 451, True),
        ("rcpt=421", Stage.RCPT, 421, False),
        ("rcpt=503", Stage.RCPT, 503, False),
        ("rcpt=drop", Stage.RCPT, 0, False),
        ("rcpt=reset", Stage.RCPT, 0, False),
        ("rcpt=garbage", Stage.RCPT, 0, False),
        ("rcpt=stray", Stage.RCPT, 0, False),
        ("rcpt=never", Stage.RCPT, 0, False),
        ("rcpt=late", Stage.RCPT, 0, False),
        ("rcpt=354", Stage.RCPT, 0, False),
        ("data=554=5.5.1", Stage.DATA, 554, True),
        ("data=250", Stage.DATA, 0, False),
        ("data=drop", Stage.DATA, 0, False),
        ("data=stray", Stage.DATA, 0, False),
        ("data=never", Stage.DATA, 0, False),
        ("dot=554=5.7.1", Stage.DOT, 554, True),
        ("dot=421", Stage.DOT, 421, False),
        ("dot=354", Stage.LOST_DOT, 0, False),
        ("dot=drop", Stage.LOST_DOT, 0, False),
        ("dot=reset", Stage.LOST_DOT, 0, False),
        ("dot=garbage", Stage.LOST_DOT, 0, False),
        ("dot=never", Stage.LOST_DOT, 0, False),
        ("dot=late", Stage.LOST_DOT, 0, False),
        ("dot=stray", Stage.DOT, 250, False),
        ("lost=drop", Stage.LOST_DOT, 0, False),
        ("lost=garbage", Stage.LOST_DOT, 0, False),
    ],
)
def test_every_failure_says_its_stage_and_the_connection_goes_on_only_after_a_clean_reply(
    offers: tuple[str, ...], fault: str, stage: Stage, code: int, goes_on: bool
) -> None:
    with Sink(offers=offers) as sink:
        first, second = send(sink.port, message(f"{fault}+ada@example.org"), message())

    if fault == "rcpt=stray" and "PIPELINING" in offers:
        stage = Stage.DATA  # the line that nobody asked for stands where its reply belongs
    assert (first[0].stage, first[0].code, first[1]) == (stage, code, goes_on)
    assert second[0].code == 250
    assert sink.accepted[-1] == "ada@example.org"
    assert sink.connections == (1 if goes_on else 2)


@BOTH
@pytest.mark.parametrize("fault", ["dot=drop", "dot=never", "lost=drop"])
@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_what_is_cut_off_after_the_dot_may_have_been_taken(
    certify: Certify, ca_file: Path, loop: str, security: str, fault: str, offers: tuple[str, ...]
) -> None:
    """And so it is never sent once more at once, whatever loop and whatever layer lies between."""
    run = pytest.importorskip("uvloop").run if loop == "uvloop" else asyncio.run
    large = message(f"{fault}+ada@example.org")._replace(parts=(b"Papers.\r\n" * 10_000,))

    with Sink(tls=certify(), implicit=security == "tls", offers=offers) as sink:
        settings = make_settings(sink.port, security=security, ca_file=ca_file)
        connection = Connection(find_relay(settings.smtp))

        async def send_one() -> Reply:
            assert (await connection.open()).code == 250
            return await connection.send(large)

        reply = run(send_one())

    assert (reply.stage, reply.code) == (Stage.LOST_DOT, 0)


def test_after_a_cut_the_next_message_goes_step_by_step_and_shows_where() -> None:
    poisoned = message("rcpt=crash+eve@example.org")

    with Sink(offers=offers_of(True)) as sink:
        found = send(sink.port, message(), poisoned, poisoned, poisoned, message(), message())

    assert [(reply.stage, reply.code) for reply, _ in found] == [
        (Stage.DOT, 250),
        (Stage.MAIL, 0),
        (Stage.RCPT, 0),
        (Stage.RCPT, 0),
        (Stage.DOT, 250),
        (Stage.DOT, 250),
    ]


@BOTH
@pytest.mark.parametrize(
    ("fault", "code"), [("mail=451", 451), ("mail=550=5.1.8", 550), ("mail=drop", 0)]
)
def test_a_sender_that_is_refused_is_told_at_mail(
    offers: tuple[str, ...], fault: str, code: int
) -> None:
    with Sink(faults=(fault,), offers=offers) as sink:
        [(reply, _)] = send(sink.port, message())

    assert (reply.stage, reply.code) == (Stage.MAIL, code)


#: Replies to MAIL, RCPT and DATA that went together; what came of it, and whether it goes on.
TOGETHER = [
    (("250", "250", "354"), (Stage.DOT, 250), True),
    (("250", "550 5.1.1", "554"), (Stage.RCPT, 550), True),
    (("250", "451", "503"), (Stage.RCPT, 451), True),
    (("250", "550 5.1.1", "354"), (Stage.RCPT, 550), False),  # RFC 2920, 3.1
    (("451", "503", "503"), (Stage.MAIL, 451), True),
    (("550", "503", "354"), (Stage.MAIL, 550), False),
    (("250", "250", "451"), (Stage.DATA, 451), True),
    (("250", "250", "250"), (Stage.DATA, 0), False),
    (("250", "354", "354"), (Stage.RCPT, 0), False),
    (("354", "250", "354"), (Stage.MAIL, 0), False),
    (("421", "", ""), (Stage.MAIL, 421), False),
    (("250", "421", ""), (Stage.RCPT, 421), False),
    (("250", "250", "421"), (Stage.DATA, 421), False),
    (("250", "", ""), (Stage.RCPT, 0), False),
    (("250", "550 5.1.1", ""), (Stage.RCPT, 550), False),
    (("250", "250", ""), (Stage.DATA, 0), False),
    (("what?", "250", "354"), (Stage.MAIL, 0), False),
    (("250", "what?", "354"), (Stage.RCPT, 0), False),
    (("250", "250\r\n250", "354"), (Stage.DATA, 0), False),
    (("250", "250", "354\r\n250"), (Stage.DATA, 0), False),
    (("250", "250", "354\r\n25"), (Stage.DATA, 0), False),
]


class Prompter(asyncio.Protocol):
    """A relay that answers the three commands of a message with what it was given."""

    def __init__(self, replies: tuple[str, ...], parting: bool) -> None:
        self.replies = replies
        self.parting = parting
        self.bodies: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(b"220 prompter\r\n")

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"EHLO"):
            self.transport.write(b"250-prompter\r\n250 PIPELINING\r\n")
        elif data.startswith(b"MAIL"):
            assert data.count(b"\r\n") == 3, "all in one write"
            self.answering = asyncio.ensure_future(self.answer())
        elif data.startswith(b"QUIT"):
            self.transport.close()
        else:
            self.bodies.append(data)
            self.transport.write(b"250 taken\r\n")

    async def answer(self) -> None:
        """Together, or each in a segment of its own."""
        said = [f"{reply}\r\n".encode() for reply in self.replies if reply]
        for some in said if self.parting else [b"".join(said)]:
            self.transport.write(some)
            await asyncio.sleep(0.01)
        if "" in self.replies:
            self.transport.close()


@pytest.mark.parametrize("parting", [False, True])
@pytest.mark.parametrize(("replies", "expected", "goes_on"), TOGETHER)
def test_commands_that_go_together_are_settled_by_the_first_refusal(
    replies: tuple[str, ...], expected: tuple[Stage, int], goes_on: bool, parting: bool
) -> None:
    async def go() -> tuple[Reply, bool, list[bytes]]:
        prompter = Prompter(replies, parting)
        server = await asyncio.get_running_loop().create_server(lambda: prompter, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            connection = Connection(find_relay(make_settings(port).smtp))
            assert (await connection.open()).code == 250
            reply = await connection.send(message())
            is_ready = connection.is_ready
            await connection.close()
        return reply, is_ready, prompter.bodies

    reply, is_ready, bodies = asyncio.run(go())

    assert (reply.stage, reply.code, is_ready) == (*expected, goes_on)
    assert bool(bodies) == (reply.stage in (Stage.DOT, Stage.LOST_DOT))


def test_a_refused_recipient_is_forgotten_together_with_the_next_message() -> None:
    with Sink(offers=offers_of(True)) as sink:
        found = send(sink.port, message("rcpt=550=5.1.1+ada@example.org"), message(), message())

    assert [reply.code for reply, _ in found] == [550, 250, 250]
    assert sink.connections == 1
    assert sink.commands.count("RSET") == 1


def test_a_message_that_the_kernel_did_not_take_was_certainly_not_accepted() -> None:
    body = (b"x" * 62 + b"\r\n") * 500_000
    big = Message("me@example.org", "data=stall+ada@example.org", b"", (body,))
    with Sink(offers=()) as sink:
        [(reply, _)] = send(sink.port, big)

    assert (reply.stage, reply.code) == (Stage.DATA, 0)
    assert sink.accepted == []


def test_a_connection_is_used_for_so_many_messages_and_no_more() -> None:
    with Sink() as sink:
        found = send(sink.port, *[message()] * 5, messages_per_connection=2)

    assert [ready for _, ready in found] == [True, False, True, False, True]
    assert sink.connections == 3
    assert sink.commands.count("QUIT") == 3


def test_a_message_beyond_the_relays_size_is_not_sent() -> None:
    with Sink(offers=("SIZE 10",)) as sink:
        [(reply, _)] = send(sink.port, message())

    assert (reply.stage, reply.code, reply.enhanced) == (Stage.MAIL, 552, "5.3.4")
    assert not any(line.startswith("MAIL") for line in sink.commands)


def test_an_address_beyond_ascii_goes_where_smtputf8_is_offered() -> None:
    with Sink(offers=("SMTPUTF8",)) as sink:
        [(reply, _)] = send(sink.port, message("zoë@example.org"))

    assert reply.code == 250
    assert "MAIL FROM:<papers@example.org> SMTPUTF8" in sink.commands
    assert sink.accepted == ["zoë@example.org"]


def test_without_smtputf8_it_is_refused_as_that_reader_and_the_next_one_goes() -> None:
    with Sink() as sink:
        first, second = send(sink.port, message("zoë@example.org"), message())

    assert (first[0].stage, first[0].code, first[0].enhanced) == (Stage.RCPT, 553, "5.6.7")
    assert second[0].code == 250


def test_a_domain_beyond_ascii_needs_no_smtputf8() -> None:
    with Sink() as sink:
        [(reply, _)] = send(sink.port, message("ada@bücher.example"))

    assert reply.code == 250
    assert sink.accepted == ["ada@xn--bcher-kva.example"]


@pytest.mark.parametrize("address", ["a>b@example.org", "a b@example.org", "a\r\nDATA@example.org"])
def test_no_address_can_break_out_of_its_command(address: str) -> None:
    with Sink() as sink:
        [(reply, _)] = send(sink.port, message(address))

    assert (reply.stage, reply.enhanced) == (Stage.RCPT, "5.1.3")
    assert "DATA" not in sink.commands


def test_authorities_are_those_of_the_system_and_ones_own(
    authority: trustme.CA, ca_file: Path
) -> None:
    relay = find_relay(Smtp(host="relay", ca_file=ca_file))

    assert relay.tls is not None
    assert relay.port == 587
    assert relay.tls.cert_store_stats()["x509_ca"] >= 1
