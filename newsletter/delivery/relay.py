"""The relay as the settings name it, and the words for why it cannot be used."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

from newsletter.errors import ConfigError, RelayUnavailable
from newsletter.model import Reply, Stage
from newsletter.settings import Smtp

_PORTS = {"tls": 465, "starttls": 587, "none": 25}  # RFC 8314, 6409, 5321

# OpenSSL's X509_V_ERR_… numbers, as `ssl.SSLCertVerificationError.verify_code` has them.
_CERTIFICATE_FLAWS = {
    9: "is not valid yet; check this machine's clock",
    10: "has expired; ask whoever runs the relay to renew it",
    18: "is signed by itself; name the file it lies in in smtp.ca_file",
    19: "comes from an authority that is not known here; name its file in smtp.ca_file",
    20: "comes from an authority that is not known here; name its file in smtp.ca_file",
    21: "comes from an authority that is not known here; name its file in smtp.ca_file",
    62: "is for another host; set smtp.host to the name that the certificate bears",
    64: "is for another host; set smtp.host to the name that the certificate bears",
}


@dataclass(frozen=True, slots=True)
class Relay:
    """The settings, with what is costly to make and shared by all connections."""

    settings: Smtp
    port: int
    #: None where the operator wrote `none`.
    tls: ssl.SSLContext | None
    #: How we call ourselves in EHLO.
    local_hostname: str

    def __str__(self) -> str:
        return f"{self.settings.host}:{self.port}"


def find_relay(settings: Smtp) -> Relay:
    """Make ready what connections to the relay share.

    Raises:
        ConfigError: `smtp.ca_file` cannot be read.
    """
    return Relay(
        settings=settings,
        port=settings.port or _PORTS[settings.security],
        tls=None if settings.security == "none" else _make_tls(settings),
        local_hostname=settings.local_hostname or _find_local_hostname(),
    )


def _make_tls(settings: Smtp) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.ca_file is not None:
        try:
            context.load_verify_locations(settings.ca_file)
        except OSError as error:  # also ssl.SSLError: the file holds no certificate
            raise ConfigError(
                f"smtp.ca_file: {settings.ca_file} cannot be read as certificates in PEM ({error})"
            ) from error
    return context


def _find_local_hostname() -> str:
    name = socket.getfqdn()
    # RFC 5321, 4.1.4: a machine without a name of its own says its address.
    return name if "." in name and name.isascii() else "[127.0.0.1]"


def refuse_certificate(relay: Relay, error: ssl.SSLCertVerificationError) -> RelayUnavailable:
    """What is wrong with the relay's certificate, and what to do about it."""
    flaw = _CERTIFICATE_FLAWS.get(error.verify_code, f"is not good ({error.verify_message})")
    return RelayUnavailable(f"the certificate of the relay {relay} {flaw}")


def refuse_tls(relay: Relay, error: ssl.SSLError) -> RelayUnavailable:
    """The other side does not speak TLS as we do."""
    return RelayUnavailable(
        f"the relay {relay} does not speak TLS here ({error.reason or error});"
        " check smtp.port and smtp.security"
    )


def refuse_plain(relay: Relay) -> RelayUnavailable:
    """TLS is never silently absent."""
    return RelayUnavailable(
        f"the relay {relay} does not offer STARTTLS, and nothing is sent in the clear unasked;"
        ' set smtp.security to "tls" (its port is usually 465), or to "none" if the line to it'
        " can be trusted"
    )


def refuse_login(relay: Relay) -> RelayUnavailable:
    """A login is configured, but there is no way to do it."""
    return RelayUnavailable(
        f"the relay {relay} offers no login that we know; leave smtp.username empty,"
        " or check smtp.port and smtp.security"
    )


def refused_us(relay: Relay, reply: Reply) -> RelayUnavailable:
    """The relay refuses us or the issue: trying again would not help."""
    if reply.stage is Stage.AUTH:
        return RelayUnavailable(
            f"the relay {relay} refuses the login of {relay.settings.username!r} ({reply});"
            " check smtp.username and smtp.password"
        )
    return RelayUnavailable(
        f"the relay {relay} refuses our mail ({reply}); no reader is to blame and none was"
        " marked: see what it says, then run the command again"
    )


def away(relay: Relay, reply: Reply) -> RelayUnavailable:
    """The relay was in trouble for longer than we wait."""
    return RelayUnavailable(
        f"the relay {relay} cannot take our mail now ({reply}); run the command again later"
    )
