"""What every message of an issue says of its sender."""

from __future__ import annotations

import re
import unicodedata

from newsletter.model import Letterhead
from newsletter.settings import Settings


def letterhead(settings: Settings) -> Letterhead:
    """Fix the sender's words of today, so that a retry tomorrow says the same."""
    newsletter, sender = settings.newsletter, settings.sender
    return Letterhead(
        sender_address=sender.address,
        sender_name=sender.name or newsletter.title,
        reply_to=sender.reply_to,
        list_id=_list_id(newsletter.title, sender.address),
        public_url=newsletter.public_url,
    )


def _list_id(title: str, address: str) -> str:
    """A label of the title under the sender's domain (RFC 2919, section 2), in ASCII."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    label = re.sub(r"[^a-z0-9]+", "-", plain)[:63].strip("-") or "newsletter"
    domain = address.rpartition("@")[2].encode("idna").decode("ascii")
    return f"{label}.{domain}"
