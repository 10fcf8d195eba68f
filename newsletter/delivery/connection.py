"""One connection to the relay: opened by aiosmtplib, then spoken to on a `Wire` of our own.

aiosmtplib's `sendmail` would not tell at which stage a connection was lost, and so not
whether the message can have been accepted; and it spends most of its time parsing what we
composed.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import NamedTuple, cast

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from newsletter.delivery import relay as words
from newsletter.delivery.envelope import Envelope, wrap
from newsletter.delivery.relay import Relay
from newsletter.delivery.reply import read_reply
from newsletter.delivery.wire import Wire
from newsletter.model import Message, Reply, Stage

_log = logging.getLogger(__name__)

_GOODBYE = 5.0  # seconds for the answer to QUIT, which changes nothing any more
_END = b".\r\n"
#: Ends of a connection that say nothing of how the other side speaks TLS.
_HANGING_UP = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


class _Step(NamedTuple):
    """A command, what must come back for us to go on, and for how long we wait."""

    stage: Stage
    command: bytes
    #: The first digit of the reply.
    wanted: int
    seconds: float


class Connection:
    """Opened, used for many messages, and closed on anything but a clean reply."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._settings = relay.settings
        self._smtp: SMTP | None = None
        self._wire: Wire | None = None
        self._carried = 0
        self._is_transaction_open = False
        #: Whether commands may go together (RFC 2920).
        self._is_pipelining = False
        #: After a message was lost the next goes step by step, so that it shows at which one.
        self._is_careful = False

    @property
    def is_ready(self) -> bool:
        """Whether a message can go without opening anew."""
        fresh = self._carried < self._settings.messages_per_connection
        return fresh and self._wire is not None and self._wire.holds

    async def open(self) -> Reply:
        """Connect, secure the line, and log in, after closing what was open before.

        Returns:
            The last reply; a code of 2xx says that the connection is ready.

        Raises:
            RelayUnavailable: what waiting does not mend: the certificate, no STARTTLS, no login.
        """
        await self.close()
        self._smtp = SMTP(
            hostname=self._settings.host,
            port=self._relay.port,
            local_hostname=self._relay.local_hostname,
            timeout=_seconds(self._settings.command_timeout),
            use_tls=self._settings.security == "tls",
            start_tls=False,  # done below, where its absence is an error
            tls_context=self._relay.tls,
        )
        reply = await self._shake_hands(self._smtp)
        if reply.code // 100 == 2:
            self._take_over(self._smtp)
        else:
            self.abort()
        return reply

    async def _shake_hands(self, smtp: SMTP) -> Reply:
        stages: tuple[tuple[Stage, Callable[[SMTP], Awaitable[object]]], ...] = (
            (Stage.CONNECT, self._connect),
            (Stage.EHLO, SMTP.ehlo),
            (Stage.STARTTLS, self._secure),
            (Stage.AUTH, self._log_in),
        )
        for stage, pass_through in stages:
            try:
                await pass_through(smtp)
            except (SMTPException, OSError) as error:
                self._refuse_bad_tls(error)
                return self._without_secrets(_read_error(stage, error))
        return Reply(stage=Stage.EHLO, code=250)

    async def _connect(self, smtp: SMTP) -> None:
        await smtp.connect(timeout=_seconds(self._settings.connect_timeout))

    async def _secure(self, smtp: SMTP) -> None:
        if self._settings.security != "starttls":
            return
        if not smtp.supports_extension("starttls"):
            self.abort()
            raise words.refuse_plain(self._relay)
        await smtp.starttls()
        await smtp.ehlo()  # RFC 3207, 4.2: what was offered before does not count

    async def _log_in(self, smtp: SMTP) -> None:
        if not self._settings.username:
            return
        ways = {"cram-md5": smtp.auth_crammd5, "plain": smtp.auth_plain, "login": smtp.auth_login}
        known = [ways[name] for name in smtp.supported_auth_methods if name in ways]
        if not known:
            self.abort()
            raise words.refuse_login(self._relay)
        await _try_each(known, self._settings.username, self._settings.password)

    def _refuse_bad_tls(self, error: Exception) -> None:
        cause = error if isinstance(error, ssl.SSLError) else error.__cause__
        if not isinstance(cause, ssl.SSLError) or isinstance(cause, _HANGING_UP):
            return
        self.abort()
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise words.refuse_certificate(self._relay, cause) from error
        raise words.refuse_tls(self._relay, cause) from error

    def _without_secrets(self, reply: Reply) -> Reply:
        """A relay that repeats what it was sent must not bring the password into a log."""
        if reply.stage is not Stage.AUTH or not self._settings.password:
            return reply
        name, password = self._settings.username.encode(), self._settings.password.encode()
        coded = (base64.b64encode(it).decode() for it in (password, b"\0%b\0%b" % (name, password)))
        if any(secret in reply.text for secret in (self._settings.password, *coded)):
            return read_reply(reply.stage, reply.code, f"{reply.enhanced} (text withheld)")
        return reply

    def _take_over(self, smtp: SMTP) -> None:
        self._wire = Wire(cast(asyncio.Transport, smtp.transport))
        self._is_pipelining = smtp.supports_extension("pipelining")
        self._carried = 0
        self._is_transaction_open = False

    async def send(self, message: Message) -> Reply:
        """Hand over one message; the connection must be ready.

        Returns:
            The reply that settled it, with its stage: code 0 where none came that counts.
            `Stage.LOST_DOT`: the message can have been accepted; at any earlier stage with
            a code of 0 it certainly was not.
        """
        assert self._smtp is not None, "opened before"
        assert self._wire is not None, "opened before"
        envelope = wrap(message, self._smtp.esmtp_extensions)
        if isinstance(envelope, Reply):
            return envelope
        try:
            reply = await self._transfer(self._wire, envelope, message)
        except BaseException:  # cancelled midway: what is read next would be out of step
            self.abort()
            raise
        self._carried += 1
        self._is_careful = reply.code == 0
        if not self._may_go_on(reply):
            self.abort()
        return reply

    async def _transfer(self, wire: Wire, envelope: Envelope, message: Message) -> Reply:
        steps = self._list_steps(envelope)
        together = self._is_pipelining and not self._is_careful
        groups = [steps] if together else [[step] for step in steps]
        self._is_transaction_open = True
        for group in groups:
            refusal = await self._introduce(wire, group)
            if refusal is not None:
                return refusal
        reply = await self._finish(wire, message)
        self._is_transaction_open = False
        return reply

    def _list_steps(self, envelope: Envelope) -> list[_Step]:
        seconds = _seconds(self._settings.command_timeout)
        steps = [
            _Step(Stage.MAIL, envelope.mail, 2, seconds),
            _Step(Stage.RCPT, envelope.rcpt, 2, seconds),
            _Step(Stage.DATA, b"DATA", 3, _seconds(self._settings.data_timeout)),
        ]
        if self._is_transaction_open:
            steps.insert(0, _Step(Stage.MAIL, b"RSET", 2, seconds))
        return steps

    async def _introduce(self, wire: Wire, steps: Sequence[_Step]) -> Reply | None:
        """Ask in one write, and hear all replies; the first refusal, or None if all go on."""
        wire.ask([b"%b\r\n" * len(steps) % tuple(step.command for step in steps)], len(steps))
        refusal: Reply | None = None
        for step in steps:
            said = await wire.hear(step.seconds)
            if not said:
                return refusal or Reply(stage=step.stage, code=0, text=wire.end)
            if refusal is None:
                refusal = _find_refusal(step, said)
            elif said[:1] == b"3":
                # It waits for a message that has no recipient. RFC 2920, 3.1 has us send an
                # empty one, which some might deliver: nothing is lost by hanging up.
                self.abort()
        if wire.is_in_step:
            return refusal
        return Reply(stage=steps[-1].stage, code=0, text="out of step: more replies than commands")

    async def _finish(self, wire: Wire, message: Message) -> Reply:
        """The body and the final dot: from here on the message can be accepted."""
        if not wire.holds:
            return Reply(stage=Stage.DATA, code=0, text="closed before the message")
        wire.ask((message.head, *message.parts, _END))
        said = await wire.hear(_seconds(self._settings.dot_timeout))
        if not said:
            stage = Stage.LOST_DOT if wire.is_flushed else Stage.DATA
            return Reply(stage=stage, code=0, text=wire.end)
        reply = _read(Stage.DOT, said)
        if reply.code // 100 in (2, 4, 5):
            return reply
        return Reply(stage=Stage.LOST_DOT, code=0, text=f"out of step: {reply}")

    def _may_go_on(self, reply: Reply) -> bool:
        """Only after a clean reply: 421 closes, 500–504 say that we misunderstand each other."""
        clean = reply.code != 0 and reply.code != 421 and not 500 <= reply.code <= 504
        return clean and self._wire is not None and self._wire.holds

    async def close(self) -> None:
        """Say QUIT where that is possible; whatever comes of it changes nothing."""
        if self._wire is not None and self._wire.holds:
            self._wire.ask([b"QUIT\r\n"])
            patience = min(_GOODBYE, _seconds(self._settings.command_timeout))
            if not await self._wire.hear(patience):
                _log.debug("the relay %s did not say goodbye: %s", self._relay, self._wire.end)
        self.abort()

    def abort(self) -> None:
        """End it at once; a message that is under way comes back as lost."""
        if self._wire is not None:
            self._wire.abort()
        if self._smtp is None:
            return
        if self._smtp.transport is not None:
            cast(asyncio.Transport, self._smtp.transport).abort()
        self._smtp.close()


async def _try_each(
    methods: Sequence[Callable[[str, str], Awaitable[object]]], username: str, password: str
) -> None:
    """Some relays offer methods they do not support: the first refusal is not the last word."""
    refusal: SMTPAuthenticationError | None = None
    for log_in in methods:
        try:
            await log_in(username, password)
        except SMTPAuthenticationError as error:
            refusal = refusal or error
        except SMTPServerDisconnected:
            break  # closed after a refusal; without one it is the relay's trouble
        else:
            return
    raise refusal or SMTPServerDisconnected("closed during the login")


def _read_error(stage: Stage, error: Exception) -> Reply:
    """The reply inside an error; code 0 where it was none."""
    if not isinstance(error, SMTPResponseException) or not 200 <= error.code <= 599:
        text = error.message if isinstance(error, SMTPException) else str(error)
        return read_reply(stage, 0, text or type(error).__name__)
    if isinstance(error, SMTPConnectResponseError):
        stage = Stage.GREETING
    return read_reply(stage, error.code, error.message)


def _find_refusal(step: _Step, said: bytes) -> Reply | None:
    """Why we cannot go on after a reply; None where we can."""
    if said[:1] == b"%d" % step.wanted and said[1:3].isdigit():
        return None
    reply = _read(step.stage, said)
    if reply.code // 100 in (4, 5) and step.command != b"RSET":
        return reply
    # A reply that does not fit the question counts for nothing.
    return Reply(stage=step.stage, code=0, text=f"out of step: {reply}")


def _read(stage: Stage, said: bytes) -> Reply:
    lines = said.decode("utf-8", "surrogateescape").split("\n")
    code = lines[0][:3]
    if not (len(code) == 3 and code.isascii() and code.isdigit()):
        return read_reply(stage, 0, f"no SMTP: {lines[0]}")
    return read_reply(stage, int(code), "\n".join(line[4:] for line in lines))


def _seconds(time: timedelta) -> float:
    return time.total_seconds()
