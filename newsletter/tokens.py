"""Signed tokens: a link of ours can be read by anyone and made by nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from itsdangerous import BadSignature, Signer


class Tokens:
    """Signs and reads the tokens of one purpose.

    Args:
        keys: the secrets, newest last: the newest signs, all of them are believed,
            so that links in old mail outlive a change of key.
        purpose: tokens of another purpose are not believed, whatever their key.
    """

    def __init__(self, keys: Sequence[str], purpose: str) -> None:
        # Signer alone: the serializers cost ten times as much for each reader. And it would
        # derive its key anew for each.
        derived = [Signer(key, salt=purpose, digest_method=sha256).derive_key() for key in keys]
        self._signer = Signer(derived, key_derivation="none", digest_method=sha256, sep="~")

    def sign(self, subscriber_id: int) -> str:
        """The token of a reader: letters, digits, `-`, `_` and `~`, safe in a URL."""
        return self._signer.sign(str(subscriber_id)).decode("ascii")

    def read(self, token: str) -> int | None:
        """The reader a token is of; None if we did not sign it."""
        try:
            return int(self._signer.unsign(token))
        except (BadSignature, ValueError, UnicodeError):
            return None
