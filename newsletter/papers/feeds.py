"""Feeds: RSS and Atom, arXiv's API among them. They know no votes, and seldom a listing day."""

from __future__ import annotations

import logging
import re
from calendar import timegm
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import httpx

from newsletter.errors import SourceUnavailable
from newsletter.papers import arxiv
from newsletter.papers.answers import Answer, Answers
from newsletter.papers.cells import find_arxiv_id
from newsletter.papers.fetching import Fetched, fetch, make_client, make_url, shown
from newsletter.papers.listing import Failed, Listing
from newsletter.papers.standing_in import Asking

log = logging.getLogger(__name__)

PREFIX = "feed:"

_PATH = re.compile(r"(?:\.(?:xml|rss|atom|rdf)|/(?:rss|atom|feeds?)(?:/.*)?|/api/query)$", re.I)
_HOST = re.compile(r"(?:rss|feeds?)\.", re.I)
#: A feed that was cut off ends otherwise; its parser would not mind.
_END = re.compile(rb"</(?:\w+:)?(?:rss|feed|RDF)\s*>\s*(?:<!--.*?-->\s*)*$", re.S | re.I)
_BLOCK = re.compile(r"<(?=/?(?:p|br|div|li|ul|ol|h\d|tr)\b)", re.I)
#: What arXiv's own feed puts before an abstract.
_ANNOUNCED = re.compile(r"arXiv:\S+\s+Announce Type:\s*\S+\s+Abstract:\s*", re.I)


def is_feed(source: str) -> bool:
    """Whether a source is read as a feed: it says so, or its address looks like one."""
    if source.startswith((PREFIX, arxiv.PREFIX)):
        return True
    address = re.match(r"https?://(?:[^/@]*@)?([^/?#]*)([^?#]*)", source, re.I)
    return bool(address and (_HOST.match(address[1]) or _PATH.search(address[2])))


def make_address(source: str, day: date | None, look_back: int) -> httpx.URL:
    """The address of a source that `is_feed`.

    Raises:
        SourceUnavailable: it has none.
    """
    if source.startswith(arxiv.PREFIX):
        return arxiv.make_address(source.removeprefix(arxiv.PREFIX).strip(), day, look_back)
    return make_url(source.removeprefix(PREFIX))


def read_feed(address: httpx.URL, asking: Asking, *, answers: Answers) -> Listing | Failed:
    """Ask for a feed.

    Args:
        address: where it is.
        asking: with what it is asked.
        answers: where a good answer is kept.
    """
    try:
        with make_client(asking.settings, asking.public_url) as client:
            fetched = fetch(client, address, asking.settings)
        items = list(parse(fetched, shown(address)))
        answer = Answer(origin=shown(address), listed_on=None, read_at=asking.clock(), items=items)
        listing = answer.check(now=asking.now)
    except SourceUnavailable as error:
        return Failed(None, error)
    answers.keep(answer)
    log.info("Read %d entries from %s.", listing.count, listing.origin)
    return listing


def parse(fetched: Fetched, origin: str) -> Iterator[dict[str, Any]]:
    """A feed's entries as flat records.

    Raises:
        SourceUnavailable: it is none, it is cut off, or it holds an error in place of entries.
    """
    import feedparser

    # As a stream: feedparser takes text for the name of a file, and opens it.
    parsed = feedparser.parse(
        BytesIO(fetched.content), response_headers={"content-type": fetched.media_type}
    )
    if not parsed.get("version"):
        raise SourceUnavailable(f"{origin} {_in_words(fetched.content)}, not a feed.")
    if not _END.search(fetched.content.replace(b"\0", b"")[-4096:]):
        raise SourceUnavailable(f"{origin} is a feed that is cut off.")
    total = parsed.feed.get("opensearch_totalresults", "").strip()
    if not parsed.entries and total.isdecimal() and total.strip("0"):
        raise SourceUnavailable(f"{origin} says it has papers and sends none; try again later.")
    is_api = "opensearch_totalresults" in parsed.feed
    for entry in parsed.entries:
        if "/api/errors" in entry.get("id", ""):
            raise SourceUnavailable(f"{origin} answers with an error: {entry.get('summary', '')}.")
        # A new version of an old paper is no news.
        if not entry.get("arxiv_announce_type", "").startswith("replace"):
            yield _as_record(entry, is_api=is_api)


def _as_record(entry: Mapping[str, Any], *, is_api: bool) -> dict[str, Any]:
    published = _moment(entry, "published_parsed") or _moment(entry, "updated_parsed")
    arxiv_id = find_arxiv_id(entry.get("id", "")) or find_arxiv_id(entry.get("link", ""))
    names = [author.get("name", "") for author in entry.get("authors", ())]
    record = {
        "id": arxiv_id,
        "title": _plain(entry, "title"),
        "abstract": _ANNOUNCED.sub("", _plain(entry, "summary")),
        # One author may be a list of names with commas, as in arXiv's RSS.
        "authors": names[0] if len(names) == 1 else names,
        "keywords": [tag["term"] for tag in entry.get("tags", ()) if tag.get("term")],
        "published": published and published.isoformat(),
        "url": entry.get("link", ""),
    }
    if is_api and arxiv_id and published:
        record["listed_on"] = arxiv.find_listing_day(published).isoformat()
    return record


def _moment(entry: Mapping[str, Any], name: str) -> datetime | None:
    """When it was; None where that is no moment, such as the 0000-00-00 of an empty database."""
    if name not in entry:  # asked all the same, feedparser gives another date and warns of it
        return None
    try:
        return datetime.fromtimestamp(timegm(entry[name]), UTC) if entry[name] else None
    except (ValueError, OverflowError):
        return None


def _plain(entry: Mapping[str, Any], name: str) -> str:
    value = str(entry.get(name, ""))
    is_html = "html" in entry.get(f"{name}_detail", {}).get("type", "")
    if not (is_html and re.search("[<&]", value)):
        return value
    import lxml.html

    root = lxml.html.fromstring(f"<div>{_BLOCK.sub(' <', value)}</div>")
    return "".join(str(piece) for piece in root.itertext())


def _in_words(content: bytes) -> str:
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not start:
        return "is empty"
    return {b"<": "is a web page", b"{": "is JSON", b"[": "is JSON"}.get(start, "is something else")
