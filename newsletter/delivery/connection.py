"""One connection to the relay, on aiosmtplib's public low-level calls.

`sendmail` would not tell at which stage a connection was lost, and so not whether the
message can have been accepted; and it spends most of its time parsing what we composed.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import cast

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
)
from aiosmtplib.protocol import SMTPProtocol

from newsletter.delivery import relay as words
from newsletter.delivery.envelope import Envelope, wrap
from newsletter.delivery.relay import Relay
from newsletter.delivery.reply import read_reply
from newsletter.model import Message, Reply, Stage

_log = logging.getLogger(__name__)

_GOODBYE = 5.0  # seconds for the answer to QUIT, which changes nothing any more
_END = b".\r\n"
#: Ends of a connection that say nothing of how the other side speaks TLS.
_HANGING_UP = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


class _InStep(asyncio.Protocol):
    """Passes all on to aiosmtplib, and notes what aiosmtplib does not tell.

    A line that nothing asked for would be read as the reply to the next command, and every
    later reply as that of its neighbour: then a refused message counts as sent.
    """

    def __init__(self, protocol: SMTPProtocol) -> None:
        self._protocol = protocol
        self._line = b""
        #: Replies that came, less those that were asked for.
        self.surplus = 0
        #: Whether all that was written has left this process.
        self.is_flushed = True

    @property
    def holds(self) -> bool:
        return self.surplus == 0 and not self._line

    def data_received(self, data: bytes) -> None:
        *lines, self._line = (self._line + data).split(b"\n")
        # A hyphen after the code: more of the same reply follows (RFC 5321, 4.2.1).
        self.surplus += sum(line[3:4] != b"-" for line in lines)
        self._protocol.data_received(data)

    def eof_received(self) -> bool:
        return self._protocol.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._protocol.connection_lost(exc)

    def pause_writing(self) -> None:
        self.is_flushed = False
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self.is_flushed = True
        self._protocol.resume_writing()


class Connection:
    """Opened, used for many messages, and closed on anything but a clean reply."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._settings = relay.settings
        self._smtp: SMTP | None = None
        self._step: _InStep | None = None
        self._carried = 0
        self._is_transaction_open = False

    @property
    def is_ready(self) -> bool:
        """Whether a message can go without opening anew."""
        fresh = self._carried < self._settings.messages_per_connection
        return fresh and self._smtp is not None and self._smtp.is_connected

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
            self._watch(self._smtp)
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

    def _watch(self, smtp: SMTP) -> None:
        transport = cast(asyncio.Transport, smtp.transport)
        self._step = _InStep(cast(SMTPProtocol, smtp.protocol))
        transport.set_protocol(self._step)
        # So low that the protocol hears of every byte that is not yet with the kernel.
        transport.set_write_buffer_limits(high=0)
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
        envelope = wrap(message, self._smtp.esmtp_extensions)
        if isinstance(envelope, Reply):
            return envelope
        try:
            reply = await self._transfer(envelope, message)
        except BaseException:  # cancelled midway: what is read next would be out of step
            self.abort()
            raise
        self._carried += 1
        if not self._may_go_on(reply):
            self.abort()
        return reply

    async def _transfer(self, envelope: Envelope, message: Message) -> Reply:
        if self._is_transaction_open:
            reply = await self._ask(Stage.MAIL, b"RSET", self._settings.command_timeout)
            if reply.code // 100 != 2:
                return Reply(stage=Stage.MAIL, code=0, text=f"RSET: {reply.text}")
        self._is_transaction_open = True
        for stage, command, expected, patience in (
            (Stage.MAIL, envelope.mail, 2, self._settings.command_timeout),
            (Stage.RCPT, envelope.rcpt, 2, self._settings.command_timeout),
            (Stage.DATA, b"DATA", 3, self._settings.data_timeout),
        ):
            reply = await self._ask(stage, command, patience)
            if reply.code // 100 != expected:
                return _fitting(reply)
        reply = await self._finish(message)
        self._is_transaction_open = False
        return reply

    async def _ask(self, stage: Stage, command: bytes, patience: timedelta) -> Reply:
        assert self._smtp is not None
        assert self._step is not None
        self._step.surplus -= 1
        try:
            response = await self._smtp.execute_command(command, timeout=_seconds(patience))
        except SMTPException as error:
            return _read_error(stage, error)
        if not self._step.holds:
            return Reply(stage=stage, code=0, text=f"out of step: {response}")
        return read_reply(stage, response.code, response.message)

    async def _finish(self, message: Message) -> Reply:
        """The body and the final dot: from here on the message can be accepted."""
        assert self._smtp is not None
        assert self._step is not None
        protocol = self._smtp.protocol
        if protocol is None or not protocol.is_connected:
            return Reply(stage=Stage.DATA, code=0, text="closed before the message")
        self._step.surplus -= 1
        try:
            # No await between the two, or the reply could come while nobody reads.
            protocol.write(b"".join((message.head, message.body, _END)))
            response = await protocol.read_response(_seconds(self._settings.dot_timeout))
        except SMTPException as error:
            stage = Stage.LOST_DOT if self._step.is_flushed else Stage.DATA
            return _read_error(stage, error)
        reply = read_reply(Stage.DOT, response.code, response.message)
        if reply.code // 100 in (2, 4, 5):
            return reply
        return Reply(stage=Stage.LOST_DOT, code=0, text=f"out of step: {response}")

    def _may_go_on(self, reply: Reply) -> bool:
        """Only after a clean reply: 421 closes, 500–504 say that we misunderstand each other."""
        clean = reply.code != 0 and reply.code != 421 and not 500 <= reply.code <= 504
        return clean and self._step is not None and self._step.holds

    async def close(self) -> None:
        """Say QUIT where that is possible; whatever comes of it changes nothing."""
        if self._smtp is not None and self._smtp.is_connected:
            try:
                await self._smtp.quit(
                    timeout=min(_GOODBYE, _seconds(self._settings.command_timeout))
                )
            except SMTPException as error:
                _log.debug("the relay %s did not say goodbye: %s", self._relay, error)
        self.abort()

    def abort(self) -> None:
        """End it at once; a message that is under way comes back as lost."""
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


def _fitting(reply: Reply) -> Reply:
    """A reply that does not fit the question counts for nothing."""
    if reply.code // 100 in (4, 5) or reply.code == 0:
        return reply
    return Reply(stage=reply.stage, code=0, text=f"out of step: {reply}")


def _seconds(time: timedelta) -> float:
    return time.total_seconds()
