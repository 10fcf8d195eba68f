"""The sandbox keeps mail on this machine."""

from __future__ import annotations

import mailbox
import smtplib
import socket
from pathlib import Path

import pytest
from delivery.sending import counts, deliver, make_settings, names, publish

from newsletter.delivery.sandbox import sandbox
from newsletter.model import Status
from newsletter.store import open_store

WIRE = b"To: ada@example.org\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n\r\nPapers.\r\n"


def post(port: int, wire: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("papers@example.org", ["ada@example.org"], wire)


def test_mail_is_kept_in_a_maildir_byte_for_byte(tmp_path: Path) -> None:
    with sandbox(tmp_path / "mail") as (host, port):
        assert host == "127.0.0.1"
        post(port, WIRE)

    [file] = (tmp_path / "mail" / "new").iterdir()
    assert file.read_bytes() == WIRE
    assert not list((tmp_path / "mail" / "tmp").iterdir())
    [message] = mailbox.Maildir(tmp_path / "mail", create=False)
    assert message["To"] == "ada@example.org"


def test_a_whole_send_ends_up_in_the_maildir(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'newsletter.db'}") as store:
        publish(store, names(60))
        with sandbox(tmp_path / "mail") as (_, port):
            deliver(store, make_settings(port, command_timeout=make_settings(1).delivery.drain))
        assert counts(store) == {Status.SENT: 60}

    kept = {file.read_bytes() for file in (tmp_path / "mail" / "new").iterdir()}
    assert len(kept) == 60
    assert all(wire.endswith(b"Papers.\r\n") for wire in kept)


def test_an_address_beyond_ascii_is_taken(tmp_path: Path) -> None:
    with sandbox(tmp_path) as (_, port), smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("papers@example.org", ["zoë@example.org"], WIRE, mail_options=["SMTPUTF8"])

    assert len(list((tmp_path / "new").iterdir())) == 1


def test_it_ends_though_a_client_stays(tmp_path: Path) -> None:
    with sandbox(tmp_path) as (host, port):
        client = socket.create_connection((host, port), timeout=5)
        assert client.recv(100).startswith(b"220")

    with client, pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, port), timeout=1).close()


def test_two_at_once_do_not_meet(tmp_path: Path) -> None:
    with sandbox(tmp_path / "a") as (_, one), sandbox(tmp_path / "b") as (_, other):
        assert one != other
        post(one, WIRE)

    assert len(list((tmp_path / "a" / "new").iterdir())) == 1
    assert not list((tmp_path / "b" / "new").iterdir())
