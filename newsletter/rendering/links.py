"""Web addresses from a paper, as far as they may be linked."""

from __future__ import annotations

from urllib.parse import SplitResult, quote, urlsplit

#: A longer address is not linked: a hundred titles with their links must fit into one email.
LONGEST = 300

#: Outlook for Windows shows none of these, Gmail not all.
_UNSHOWN = (".webp", ".avif", ".svg", ".heic", ".mp4", ".webm", ".mov", ".pdf")
_SCHEMES = ("http", "https")
#: RFC 3986, section 2: reserved characters, and "%" of what is encoded already.
_KEPT = ":/?#@!$&'()*+,;=%~"


def safe_url(url: str) -> str:
    """The address, percent-encoded, or "" where it is not one to link to.

    Only http and https with a host: `javascript:` and `data:` run in the reader's client.
    Square brackets are encoded too: lxml would do it, and then the two would differ.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme.lower() not in _SCHEMES or not parts.hostname or parts.username is not None:
        return ""
    if not parts.netloc.isascii():
        url = _with_ascii_host(parts)
    encoded = quote(url, safe=_KEPT, errors="ignore")
    return encoded if len(encoded) <= LONGEST else ""


def _with_ascii_host(parts: SplitResult) -> str:
    """The address with its host as browsers send it (RFC 5891); "" where it is no host."""
    import idna  # its tables are large, and hardly any paper needs them

    host, colon, port = parts.netloc.partition(":")
    try:
        ascii_host = idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""
    return parts._replace(netloc=ascii_host + colon + port).geturl()


def safe_picture(url: str) -> str:
    """The address of a picture that every client shows, or ""."""
    address = safe_url(url)
    parts = urlsplit(address)
    shown = parts.scheme == "https" and not parts.path.lower().endswith(_UNSHOWN)
    return address if shown else ""
