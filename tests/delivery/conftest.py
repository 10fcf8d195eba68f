"""Certificates for the sink."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

Certify = Callable[..., ssl.SSLContext]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return file


@pytest.fixture
def certify(authority: trustme.CA) -> Certify:
    """A server's TLS, with a certificate for a host, expired or not."""

    def make(host: str = "127.0.0.1", *, expired: bool = False) -> ssl.SSLContext:
        ended = datetime.now(UTC) - timedelta(days=1)
        certificate = authority.issue_cert(host, not_after=ended if expired else None)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context

    return make
