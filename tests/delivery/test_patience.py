"""How much trouble is borne, and how often it is told; the time is an argument."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from newsletter.delivery.patience import Patience
from newsletter.delivery.policy import Kind, Trouble
from newsletter.delivery.relay import find_relay
from newsletter.errors import RelayUnavailable
from newsletter.model import Reply, Stage
from newsletter.settings import Smtp

AWAY = Trouble(Kind.AWAY, Reply(stage=Stage.CONNECT, code=0, text="refused"))


def make_patience() -> Patience:
    relay = find_relay(Smtp(host="relay.example", security="none", local_hostname="me.example"))
    return Patience(relay, timedelta(minutes=2))


def test_one_sentence_when_it_begins_and_one_when_it_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    patience = make_patience()
    for moment in range(12):
        patience.bear(AWAY, float(moment))
    patience.renew(12.0)
    patience.renew(20.0)
    patience.renew(21.0)

    assert [record.getMessage() for record in caplog.records] == [
        "trouble with the relay, trying again: connect: refused",
        "the relay is well again, after 11 s",
    ]
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


def test_while_some_connections_get_through_and_others_do_not_it_is_not_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    patience = make_patience()
    for moment in range(100):
        patience.bear(AWAY, float(moment))
        patience.renew(moment + 0.5)

    assert len(caplog.records) == 1


def test_trouble_anew_is_told_anew(caplog: pytest.LogCaptureFixture) -> None:
    patience = make_patience()
    for moment in (0.0, 100.0):
        patience.bear(AWAY, moment)
        patience.renew(moment + 10)

    assert [record.getMessage()[:20] for record in caplog.records] == [
        "trouble with the rel", "the relay is well ag",
        "trouble with the rel", "the relay is well ag",
    ]  # fmt: skip


def test_what_is_renewed_in_time_is_borne_for_ever_and_what_lasts_is_not() -> None:
    patience = make_patience()
    for moment in range(0, 600, 100):
        patience.bear(AWAY, float(moment))
        patience.renew(moment + 1.0)

    patience.bear(AWAY, 700.0)
    with pytest.raises(RelayUnavailable, match="cannot take our mail now"):
        patience.bear(AWAY, 820.0)
