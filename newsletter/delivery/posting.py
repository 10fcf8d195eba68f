"""One message, sent at once and recorded nowhere: a test."""

from __future__ import annotations

import asyncio

from newsletter.delivery.connection import Connection
from newsletter.delivery.policy import Kind, judge_opening
from newsletter.delivery.relay import away, find_relay, refused_us
from newsletter.model import Message, Reply
from newsletter.settings import Smtp


def post(message: Message, smtp: Smtp) -> Reply:
    """Send one message and return what the relay said when it took it.

    Raises:
        RelayUnavailable: the relay is away or did not take it; its words are in the message.
    """
    return asyncio.run(_post(message, smtp))


async def _post(message: Message, smtp: Smtp) -> Reply:
    relay = find_relay(smtp)
    connection = Connection(relay)
    greeting = await connection.open()
    if greeting.code // 100 != 2:
        ours = judge_opening(greeting).kind is Kind.US
        raise refused_us(relay, greeting) if ours else away(relay, greeting)
    reply = await connection.send(message)
    await connection.close()
    if reply.code // 100 != 2:
        raise refused_us(relay, reply) if reply.code else away(relay, reply)
    return reply
