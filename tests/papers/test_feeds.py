"""Feeds and arXiv's API, from a real HTTP server on loopback."""

from __future__ import annotations

import gzip
import ssl
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from newsletter import papers
from newsletter.errors import SourceUnavailable
from newsletter.papers import Loaded, arxiv, feeds
from newsletter.papers.fetching import Fetched
from newsletter.settings import Papers
from newsletter.sources import Source
from serving import Answer, Handler, Query, Serve, only

DAY = date(2026, 8, 14)
NOW = datetime(2026, 8, 14, 8, tzinfo=UTC)

ENTRY = """<entry>
  <id>http://arxiv.org/abs/{id}v2</id>
  <updated>2026-08-13T09:00:00Z</updated><published>{published}</published>
  <title>A title of
  two lines, x &lt; y</title>
  <summary>  We show that a &lt; b. </summary>
  <author><name>Ada Lovelace</name></author><author><name>Bob B</name></author>
  <link href="http://arxiv.org/abs/{id}v2" rel="alternate" type="text/html"/>
  <category term="cs.CL"/><category term="cs.LG"/>
</entry>"""
ATOM = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"'
    ' xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><title>arXiv Query</title>'
    "<opensearch:totalResults>{count}</opensearch:totalResults>{entries}</feed>"
)
RSS = """<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
 version="2.0"><channel><title>cs.CL updates</title>{items}</channel></rss>"""
ITEM = """<item><title>{title}</title><link>{link}</link>
<description>{text}</description><guid isPermaLink="false">{guid}</guid>
<pubDate>{published}</pubDate><arxiv:announce_type>{kind}</arxiv:announce_type>
<dc:creator>Ada Lovelace, Bob B</dc:creator></item>"""


def atom(*published: str, count: int | None = None) -> bytes:
    entries = [
        ENTRY.format(id=f"2608.{number:05}", published=moment)
        for number, moment in enumerate(published, 1)
    ]
    total = len(entries) if count is None else count
    return ATOM.format(count=total, entries="\n".join(entries)).encode()


def item(
    title: str = "A post",
    *,
    link: str = "https://example.org/a",
    text: str = "What it says.",
    guid: str = "a",
    published: str = "Fri, 14 Aug 2026 05:00:00 GMT",
    kind: str = "new",
) -> str:
    return ITEM.format(title=title, link=link, text=text, guid=guid, published=published, kind=kind)


def rss(*items: str) -> bytes:
    return RSS.format(items="\n".join(items)).encode()


def load(url: str, *, timeout: float = 5.0, attempts: int = 2, day: date | None = DAY) -> Loaded:
    return papers.load(
        url,
        day=day,
        now=NOW,
        settings=Papers(
            attempts=attempts, timeout=timedelta(seconds=timeout), stand_in=timedelta(0)
        ),
        home=Path(),
        fallback=Path(),
    )


def feed(serve: Serve, answer: Answer) -> str:
    return f"feed:{serve(answer).url()}"


def refusal(url: str, *, timeout: float = 5.0) -> str:
    with pytest.raises(SourceUnavailable) as caught:
        load(url, timeout=timeout, attempts=1)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- what is read -----------------------------------------------------------------------------


def test_arxiv_s_atom_is_read(serve: Serve) -> None:
    (paper,) = load(feed(serve, only(atom("2026-08-13T09:00:00Z")))).papers
    assert (paper.id, paper.title) == ("2608.00001", "A title of two lines, x < y")
    assert (paper.abstract, paper.authors) == ("We show that a < b.", ("Ada Lovelace", "Bob B"))
    assert (paper.upvotes, paper.published_on) == (None, date(2026, 8, 13))
    assert paper.keywords == ("cs.CL", "cs.LG")
    assert paper.url == "http://arxiv.org/abs/2608.00001v2"


def test_arxiv_s_rss_is_read_and_its_revisions_are_no_news(serve: Serve) -> None:
    announced = "arXiv:2608.05678v1 Announce Type: new \nAbstract: We do things."
    content = rss(
        item("A", link="https://arxiv.org/abs/2608.05678", text=announced, guid="oai:arXiv.org:1"),
        item("B", link="https://arxiv.org/abs/2501.00001", kind="replace"),
        item("C", link="https://arxiv.org/abs/2608.05679", kind="cross"),
    )
    first, second = load(feed(serve, only(content))).papers
    assert (first.id, first.abstract, first.authors) == (
        "2608.05678",
        "We do things.",
        ("Ada Lovelace", "Bob B"),
    )
    assert second.id == "2608.05679"


def test_a_post_that_is_no_paper_of_arxiv_keeps_its_own_address(serve: Serve) -> None:
    text = "&lt;p&gt;First.&lt;/p&gt;&lt;p&gt;Second &amp;amp; &lt;b&gt;last&lt;/b&gt;.&lt;/p&gt;"
    (paper,) = load(feed(serve, only(rss(item(text=text))))).papers
    assert (paper.id, paper.url, paper.arxiv_url) == (None, "https://example.org/a", "")
    assert paper.abstract == "First. Second & last."
    assert paper.listed_on is None
    assert paper.listed_at == datetime(2026, 8, 14, 5, tzinfo=UTC)


def test_a_feed_may_go_back_for_years_and_an_edition_only_for_a_week(serve: Serve) -> None:
    days = ["Fri, 14 Aug 2026", "Fri, 07 Aug 2026", "Thu, 06 Aug 2026", "Sat, 15 Aug 2026"]
    posts = [item(day, guid=day, published=f"{day} 05:00:00 GMT") for day in days]
    url = feed(serve, only(rss(*posts)))
    assert [paper.title for paper in load(url).papers] == days[:2]
    assert len(load(url, day=None).papers) == 4


def test_a_feed_without_entries_is_a_quiet_day(serve: Serve) -> None:
    loaded = load(feed(serve, only(rss())))
    assert (loaded.papers, loaded.lost, loaded.lists[0].count) == ((), None, 0)


def test_a_feed_s_own_encoding_and_that_of_its_server_are_believed(serve: Serve) -> None:
    latin = rss(item("Café")).decode().replace("'UTF-8'", "'ISO-8859-1'").encode("latin-1")
    assert load(feed(serve, only(latin))).papers[0].title == "Café"
    utf_16 = rss(item("Café")).decode().replace("'UTF-8'", "'UTF-16'").encode("utf-16")
    assert load(feed(serve, only(utf_16))).papers[0].title == "Café"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("arxiv:cs.CL", True),
        ("feed:https://example.org/new", True),
        ("https://rss.arxiv.org/rss/cs.CL", True),
        ("https://export.arxiv.org/api/query?search_query=cat:cs.CL", True),
        ("https://example.org/blog/feed/", True),
        ("https://example.org/news.xml?page=1", True),
        ("https://feeds.example.org/x", True),
        ("https://huggingface.co/api/daily_papers", False),
        ("https://example.org/api/daily_papers?kind=.xml", False),
        ("https://example.org/feedback/papers", False),
        ("lists/feed.xml", False),
    ],
)
def test_an_address_tells_whether_it_is_a_feed(source: str, expected: bool) -> None:
    assert feeds.is_feed(source) is expected


# --- arXiv's API ------------------------------------------------------------------------------


def test_categories_become_a_query_for_the_week() -> None:
    parameters = arxiv.make_address("cs.CL, cs.LG", DAY, 7).params
    assert parameters["search_query"] == (
        "(cat:cs.CL OR cat:cs.LG) AND submittedDate:[202608030000 TO 202608142359]"
    )
    assert (parameters["sortBy"], parameters["sortOrder"]) == ("submittedDate", "descending")


def test_a_query_in_arxiv_s_own_language_is_passed_on() -> None:
    query = "cat:cs.CL AND abs:retrieval"
    assert arxiv.make_address(query, None, 7).params["search_query"] == query


@pytest.mark.parametrize(
    ("submitted", "listed"),
    [
        ("2026-08-12T17:59:00+00:00", "2026-08-13"),  # Wednesday 13:59 in New York
        ("2026-08-12T18:00:00+00:00", "2026-08-14"),  # Wednesday 14:00
        ("2026-08-13T17:59:00+00:00", "2026-08-14"),  # Thursday 13:59
        ("2026-08-13T18:00:00+00:00", "2026-08-17"),  # Thursday 14:00: the next is Monday's
        ("2026-08-14T18:00:00+00:00", "2026-08-18"),  # Friday 14:00
        ("2026-08-16T12:00:00+00:00", "2026-08-18"),  # Sunday
        ("2026-01-14T18:59:00+00:00", "2026-01-15"),  # winter time: Wednesday 13:59
    ],
)
def test_the_listing_day_follows_arxiv_s_timetable(submitted: str, listed: str) -> None:
    assert arxiv.find_listing_day(datetime.fromisoformat(submitted)) == date.fromisoformat(listed)


def test_what_arxiv_lists_later_is_not_in_today_s_edition(serve: Serve) -> None:
    loaded = load(feed(serve, only(atom("2026-08-13T17:00:00Z", "2026-08-13T19:00:00Z"))))
    assert [(paper.id, paper.listed_on) for paper in loaded.papers] == [("2608.00001", DAY)]


def test_arxiv_s_error_comes_as_an_entry_with_status_200(serve: Serve) -> None:
    error = atom("2026-08-13T00:00:00Z").replace(
        b"http://arxiv.org/abs/2608.00001v2</id>", b"http://arxiv.org/api/errors#bad_query</id>"
    )
    assert "answers with an error: We show that a < b." in refusal(feed(serve, only(error)))


def test_arxiv_s_empty_page_of_many_results_is_no_quiet_day(serve: Serve) -> None:
    assert "has papers and sends none" in refusal(feed(serve, only(atom(count=812))))
    assert load(feed(serve, only(atom(count=0)))).papers == ()


# --- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<!DOCTYPE html><html><body><h1>502</h1></body></html>", "is a web page, not a feed"),
        (b'{"error": "busy"}', "is JSON, not a feed"),
        (b"", "is empty, not a feed"),
        (b"/etc/passwd", "is something else, not a feed"),
        (atom("2026-08-13T09:00:00Z")[:-200], "is a feed that is cut off"),
        (rss(item(), item())[:-40], "is a feed that is cut off"),
    ],
)
def test_an_answer_that_is_no_feed_is_told_from_a_quiet_day(
    serve: Serve, content: bytes, told: str
) -> None:
    assert told in refusal(feed(serve, only(content)))


def test_a_feed_where_a_list_is_expected_says_how_to_ask_for_it(serve: Serve) -> None:
    assert "write feed: before its address" in refusal(serve(only(rss(item()))).url())


@pytest.mark.parametrize(
    "written", ["0000-00-00T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_a_date_that_is_no_moment_costs_its_entry_the_date_alone(
    serve: Serve, written: str
) -> None:
    content = rss(item("A", guid="a"), item("B", guid="b", published=written))
    first, second = load(feed(serve, only(content))).papers
    assert (first.title, first.published_on) == ("A", DAY)
    assert (second.title, second.published_on) == ("B", None)


def test_a_feed_that_counts_in_words_is_read(serve: Serve) -> None:
    """And is a quiet day's, where it has no entries."""
    content = ATOM.format(count="many", entries="").encode()
    assert load(feed(serve, only(content))).papers == ()


def test_entities_that_grow_without_measure_do_no_harm() -> None:
    entities = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    content = rss(item("&j;")).decode().replace("<rss", f"<!DOCTYPE rss [{entities}]><rss", 1)
    tracemalloc.start()
    list(feeds.parse(Fetched(content.encode(), ""), "here"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 * 2**20


def test_no_file_of_ours_is_read_for_a_feed(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret")
    outside = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]><rss'
    content = rss(item("A &x;")).replace(b"<rss", outside.encode(), 1)
    loaded = load(feed(serve, only(content)))
    assert "the secret" not in repr(loaded)


def test_an_answer_that_unpacks_without_measure_is_refused(serve: Serve) -> None:
    bomb = gzip.compress(bytes(400 * 2**20), 1)
    server = serve(only(bomb, Content_Encoding="gzip"))
    tracemalloc.start()
    told = refusal(f"feed:{server.url()}")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "answers with more than 16 MiB" in told
    assert peak < 100 * 2**20


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br"])
def test_an_answer_packed_otherwise_than_asked_is_refused(serve: Serve, encoding: str) -> None:
    packed = gzip.compress(gzip.compress(rss(item())))
    server = serve(only(packed, Content_Encoding=encoding))
    assert f"answers packed as {encoding!r}" in refusal(f"feed:{server.url()}")


def test_a_packed_answer_is_read_and_one_cut_off_is_not(serve: Serve) -> None:
    packed = gzip.compress(rss(item()))
    assert len(load(feed(serve, only(packed, Content_Encoding="gzip"))).papers) == 1
    told = refusal(feed(serve, only(packed[:-12], Content_Encoding="gzip")))
    assert "the packed answer is cut off" in told


def test_a_bomb_in_the_body_of_a_redirect_is_not_read(serve: Serve) -> None:
    bomb = gzip.compress(bytes(400 * 2**20), 1)

    def answer(handler: Handler, query: Query) -> None:
        if handler.path == "/new":
            handler.say(rss(item()))
        else:
            handler.say(bomb, 301, Location="/new", Content_Encoding="gzip")

    tracemalloc.start()
    assert len(load(feed(serve, answer)).papers) == 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 * 2**20


def test_a_redirect_to_another_host_is_not_followed(serve: Serve) -> None:
    elsewhere = serve(only(rss(item())))
    target = elsewhere.url().replace("127.0.0.1", "localhost")
    assert f"sends us on to {target}" in refusal(
        feed(serve, only(b"", 302, Location=target.replace("//", "//me:s3cret@")))
    )
    assert elsewhere.requests == []


def test_a_feed_that_comes_byte_by_byte_is_given_up(serve: Serve) -> None:
    def answer(handler: Handler, query: Query) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not handler.server.released.wait(0.02):
            handler.wfile.write(b" ")

    assert "did not answer within 0.2 s" in refusal(feed(serve, answer), timeout=0.2)


def test_a_certificate_that_cannot_be_checked_is_refused(serve: Serve) -> None:
    server = serve(only(rss(item())))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    assert "cannot be trusted" in refusal(f"feed:{server.url('https')}")
    assert server.requests == []


# --- beside other sources ---------------------------------------------------------------------


def test_a_feed_and_a_table_are_merged_by_id_whatever_the_version(
    serve: Serve, tmp_path: Path
) -> None:
    url = feed(serve, only(atom("2026-08-13T09:00:00Z", "2026-08-13T10:00:00Z")))
    (tmp_path / "own.csv").write_text("id,title,votes,organization\n2608.00001v1,Ours,9,The Lab\n")
    loaded = papers.load(
        (Source(at="own.csv", weight=0.5), Source(at=url, weight=0.25)),
        day=DAY,
        now=NOW,
        settings=Papers(),
        home=tmp_path,
        fallback=tmp_path,
    )
    both, alone = loaded.papers
    assert (both.id, both.title, both.upvotes, both.organization) == (
        "2608.00001",
        "Ours",
        9,
        "The Lab",
    )
    assert (both.abstract, both.listed_on) == ("We show that a < b.", DAY)
    host = url.partition("//")[2].partition("/")[0]
    assert both.sources == (("own.csv", 0.5), (host, 0.25))
    assert alone.sources == ((host, 0.25),)
