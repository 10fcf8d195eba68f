"""Whether a document is MJML: mrml checks hardly anything, and prints what it does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, cast

from lxml import etree

from newsletter.rendering.mjml_words import ANY_ATTRIBUTE, ATTRIBUTES, CHILDREN
from newsletter.rendering.nearest import suggest

#: A hundred cards are thousands of elements, of which MJML has nothing to say.
_JUDGED = etree.XPath("//*[starts-with(name(), 'mj') or starts-with(name(..), 'mj')]")


class Fault(NamedTuple):
    """What is wrong, and at which line and column of the document; column 0: not known."""

    said: str
    line: int
    column: int = 0
    #: Where the tag that is not closed was opened: its line and column; 0: there is none.
    opened: tuple[int, int] = (0, 0)


def find_fault(source: str) -> Fault | None:
    """The first thing that is wrong; None where the document is well-formed and MJML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(source.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        # Its own line numbers are of the document, which nobody wrote.
        said = re.sub(r" line \d+", "", (error.msg or "not well-formed").partition(", line ")[0])
        opened = _find_opened(error.msg or "", source)
        return Fault(said + _hint(said), error.lineno or 1, error.offset or 0, opened)
    if root.tag != "mjml":
        return Fault(f"<{root.tag}> stands where <mjml> must", 1)
    return next(_walk(root), None)


def _find_opened(said: str, source: str) -> tuple[int, int]:
    named = re.search(r"(?:mismatch: |in tag )(\S+) line (\d+)", said)
    if named is None:
        return 0, 0
    line = int(named[2])
    return line, source.split("\n")[line - 1].rfind(f"<{named[1]}") + 1


def _hint(said: str) -> str:
    if said.startswith("Entity '"):
        return "; write the character itself, or its number"
    unknown = [tag for tag in re.findall(r"mj-[\w-]+", said) if tag not in ATTRIBUTES]
    return suggest(unknown[0], ATTRIBUTES) if unknown else ""


def _walk(root: etree._Element) -> Iterator[Fault]:
    """Faults in document order."""
    for node in cast(list[etree._Element], _JUDGED(root)):
        parent = node.getparent()
        said = "" if parent is None else _judge_place(node, str(parent.tag))
        said = said or _judge_attributes(node)
        if said:
            yield _at(node, said)


def _at(node: etree._Element, said: str) -> Fault:
    return Fault(said, cast(int, node.sourceline))


def _judge_attributes(node: etree._Element) -> str:
    tag = str(node.tag)
    is_any = tag in ("mj-all", "mj-class")
    known = ANY_ATTRIBUTE if is_any else ATTRIBUTES.get(tag)
    # Of HTML inside mj-text, mj-table or mj-raw nothing is known here.
    if known is None:
        return ""
    unknown = next((name for name in map(str, node.attrib) if name not in known), None)
    return f"{tag} has no attribute {unknown}{suggest(unknown, known)}" if unknown else ""


def _judge_place(node: etree._Element, parent: str) -> str:
    tag = str(node.tag)
    if tag == "mj-include":
        return 'mj-include loses widths and hides errors; write {% include "…" %}'
    if parent == "mj-attributes":
        known = tag in ATTRIBUTES or tag in ("mj-all", "mj-class")
        return "" if known else f"MJML has no <{tag}>{suggest(tag, ATTRIBUTES)}"
    if tag.startswith("mj") and tag not in ATTRIBUTES:
        return f"MJML has no <{tag}>{suggest(tag, ATTRIBUTES)}"
    if tag in CHILDREN.get(parent, () if tag.startswith("mj") else (tag,)):
        return ""
    homes = ", ".join(sorted(home for home, inside in CHILDREN.items() if tag in inside))
    where = f"it belongs in {homes}" if homes else "HTML belongs in mj-text, mj-table or mj-raw"
    return f"<{tag}> may not stand in <{parent}>; {where}"
