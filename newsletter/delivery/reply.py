"""The relay's words, read into a `Reply`."""

from __future__ import annotations

import re

from newsletter.model import Reply, Stage

#: What is kept of a reply's text: enough for evidence, little enough for a row each.
_LONGEST = 500
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")  # RFC 3463


def read_reply(stage: Stage, code: int, text: str) -> Reply:
    """A reply with its enhanced code taken out of the text, on one line.

    Args:
        stage: what it answers.
        code: the three digits (RFC 5321, 4.2).
        text: the rest, without the codes, lines parted by a line feed.
    """
    lines = [_printable(line) for line in text.split("\n")]
    found = _ENHANCED.match(lines[0])
    # RFC 2034, 4: the classes of the two codes must agree, or the second means nothing.
    enhanced = found[1] if found and found[1][0] == str(code)[0] else ""
    said = " ".join(line.removeprefix(enhanced).strip() for line in lines)
    return Reply(stage=stage, code=code, enhanced=enhanced, text=said.strip()[:_LONGEST])


def _printable(line: str) -> str:
    if line.isprintable():
        return line.strip()
    # What was not UTF-8 comes as lone surrogates, which no database takes.
    whole = line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else " " for letter in whole).strip()
