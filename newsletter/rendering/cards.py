"""What a template may say of one paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from newsletter.model import Paper, Ranked
from newsletter.rendering.links import safe_picture, safe_url
from newsletter.rendering.words import (
    authors,
    byline,
    one_line,
    organization_of,
    short_day,
    title_of,
)
from newsletter.wording import counted


@dataclass(frozen=True, slots=True)
class Link:
    """A quiet link at the end of a card."""

    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWords:
    """One paper in words, without its neighbours; templates know it as `card`."""

    key: str
    #: How much to show: one of `newsletter.rendering.RUNGS`.
    rung: str
    #: A slot: where the card stands is settled per reader.
    rank: str
    title: str
    #: Where the title leads; "" where no link is known.
    url: str
    #: "1,204"; "" where the source has no votes.
    upvotes: str
    #: "1,204 upvotes".
    votes: str
    byline: str
    #: In few words: the organisation, else the first author.
    maker: str
    #: "14 August"; "" where the source does not say.
    listed: str
    #: The source's one-line summary; often "".
    summary: str
    #: Whole: the template cuts it to the card's rung.
    abstract: str
    links: tuple[Link, ...]
    #: A PNG, JPEG or GIF by https; "" where there is none.
    picture: str
    #: Why it stands where it does: "87 upvotes in 9 h".
    why: str


def describe(ranked: Ranked, *, rung: str, rank: str, today: date) -> CardWords:
    """Put a ranked paper into the words of its card."""
    paper = ranked.paper
    links = _links(paper)
    return CardWords(
        key=paper.key,
        rung=rung,
        rank=rank,
        title=title_of(paper),
        url=links[0].url if links else "",
        upvotes="" if paper.upvotes is None else f"{paper.upvotes:,}",
        votes="" if paper.upvotes is None else counted(paper.upvotes, "upvote"),
        byline=byline(paper),
        maker=organization_of(paper) or authors(paper.authors, paper.author_count, shown=1),
        listed=short_day(paper.listed_on, today) if paper.listed_on else "",
        summary=one_line(paper.summary),
        abstract=one_line(paper.abstract),
        links=links,
        picture=safe_picture(paper.image_url),
        why=one_line(ranked.why),
    )


def _links(paper: Paper) -> tuple[Link, ...]:
    stars = f" ★ {paper.stars:,}" if paper.stars else ""
    named = (
        ("Paper page", paper.url),
        ("arXiv", paper.arxiv_url),
        ("PDF", paper.pdf_url),
        (f"Code{stars}", paper.code_url),
        ("Project page", paper.project_url),
    )
    # A source of one's own may give the same address twice; the first name is kept.
    texts: dict[str, str] = {}
    for text, url in named:
        texts.setdefault(safe_url(url), text)
    links = [Link(text, url) for url, text in texts.items() if url]
    return (*links, *_comments(paper))


def _comments(paper: Paper) -> tuple[Link, ...]:
    url = safe_url(paper.url)
    if not paper.comments or not url:
        return ()
    anchor = "#community" if urlsplit(url).hostname == "huggingface.co" else ""
    return (Link(counted(paper.comments, "comment"), url + anchor),)
