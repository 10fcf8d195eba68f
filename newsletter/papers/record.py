"""One record from outside, checked, and turned into a `Paper`.

The daily list of Hugging Face wraps a paper in an item and is read strictly. Everything else is
flat, under names of its own (`columns.py`) and with values as people write them (`cells.py`).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Annotated, Any, NotRequired

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)
from pydantic.dataclasses import dataclass
from typing_extensions import TypedDict  # pydantic refuses that of typing before Python 3.12

from newsletter.model import Paper
from newsletter.papers import cells, text
from newsletter.papers.columns import BadCell, Columns, Mapped, arrange
from newsletter.papers.content import describe

#: Characters kept; the longest of 11,852 real titles has 206, the longest abstract 1,924.
TITLE_LIMIT, ABSTRACT_LIMIT, LINE_LIMIT = 300, 5_000, 500

_ARXIV = re.compile(r"(?:arxiv:)?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?", re.I)
_PATH = re.compile(r"[A-Za-z0-9][\w.~:-]*(?:/[A-Za-z0-9][\w.~:-]*)*", re.ASCII)
_WEB = re.compile(r"https?://[^\s/?#\\]+[^\s\"<>\\^`{|}]*", re.ASCII | re.I)


def read_id(value: Any) -> Any:
    """Fold an arXiv id's version suffix away.

    Raises:
        ValueError: the id is not text, or could not stand in the path of a web address.
    """
    if value is None:
        return None
    if isinstance(value, (int, float)):
        raise ValueError(f"is {describe(value)}; write it as text, as 2401.10020 is not 2401.1002")
    if not isinstance(value, str) or len(value) > 200 or not _PATH.fullmatch(value.strip()):
        raise ValueError(f"is {describe(value)}, which cannot stand in a web address")
    arxiv = _ARXIV.fullmatch(value.strip())
    return arxiv[1] if arxiv else value.strip()


def read_moment(value: Any) -> Any:
    """Read an ISO 8601 date or moment; without an offset it is UTC.

    Raises:
        ValueError: it is something else (pydantic alone would read "20240529" as seconds).
    """
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise ValueError(f"is {describe(value)}, not a date such as 2026-08-14") from None


def read_link(value: Any) -> str:
    """Return an http or https address, or "": a paper is worth more than a link of it."""
    if not isinstance(value, str):
        return ""
    # Browsers drop line breaks and tabs inside an address (WHATWG URL); real records have them.
    link = re.sub(r"[\t\r\n]", "", value).strip(" ")
    fits = link.isascii() and link.isprintable() and len(link) <= 2000 and _WEB.fullmatch(link)
    return link if fits else ""


def _past(moment: datetime | None, info: ValidationInfo) -> datetime | None:
    if moment and info.context and moment > info.context["horizon"]:
        raise ValueError(f"lies in the future: {moment:%Y-%m-%d}")
    return moment


def _not_blank(title: str) -> str:
    if not title.strip():
        raise ValueError("is empty")
    return title


def _ornament(value: Any) -> Any:
    return value if isinstance(value, str) else ""


def _words(value: Any) -> Any:
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def _organization(value: Any) -> Any:
    if isinstance(value, dict):
        value = value.get("fullname") or value.get("name")
    return _ornament(value)


Count = Annotated[int | None, Field(strict=True, ge=0, le=2**31 - 1)]
Moment = Annotated[datetime | None, BeforeValidator(read_moment)]
Past = Annotated[datetime | None, BeforeValidator(read_moment), AfterValidator(_past)]
Link = Annotated[str, BeforeValidator(read_link)]
# What is only shown, never counted or chosen by: of another type it is as if absent.
Ornament = Annotated[str, BeforeValidator(_ornament)]


class Author(TypedDict):
    """One name of a paper's author list; a dict, as a model costs four times as much."""

    name: str
    hidden: NotRequired[bool]


@dataclass(slots=True, kw_only=True)
class Record:
    """A record's fields under the names of Hugging Face; unknown ones are ignored.

    A dataclass, as a model of pydantic takes several times the memory, and there may be many.
    """

    id: Annotated[str | None, BeforeValidator(read_id)] = None
    title: Annotated[str, AfterValidator(_not_blank)]
    abstract: str | None = Field(None, validation_alias="summary")
    summary: Ornament = Field("", validation_alias="ai_summary")
    keywords: Annotated[list[str], BeforeValidator(_words)] = Field(
        default_factory=list, validation_alias="ai_keywords"
    )
    authors: list[Author] | None = None
    authors_count: Count = None
    organization: Annotated[str, BeforeValidator(_organization)] = ""
    upvotes: Count = None
    comments: Count = Field(None, validation_alias="numComments")
    stars: Count = Field(None, validation_alias="githubStars")
    published: Past = Field(None, validation_alias="publishedAt")
    listed: Past = Field(None, validation_alias="submittedOnDailyAt")
    listing_date: Past = None
    observed_at: Moment = None
    withdrawn: Moment = Field(None, validation_alias="withdrawnAt")
    code: Link = Field("", validation_alias="githubRepo")
    project: Link = Field("", validation_alias="projectPage")
    image: Link = Field("", validation_alias="thumbnail")
    url: Link = ""

    @property
    def key(self) -> str:
        """The id, or a hash of the folded title: the same for the same paper, always."""
        return self.id or _title_key(self.title)

    @property
    def listed_on(self) -> date | None:
        """The listing day, as far as the record itself knows it."""
        moment = self.listing_date or self.listed
        return moment.date() if moment else None


_CHECK = TypeAdapter(Record)


class Unfit(ValueError):
    """A record that has to be left out: which field, and why, in words for people."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


def columns_of(item: Any, mapped: Mapped = ()) -> Columns | None:
    """What a flat record's keys are taken for; None for the API's own form, or no record."""
    is_flat = isinstance(item, dict) and not isinstance(item.get("paper"), dict)
    return arrange(tuple(item), mapped) if is_flat else None


def read_record(item: Any, *, horizon: datetime, mapped: Mapped = ()) -> Record:
    """Check one item of a list.

    Args:
        item: as `json` or a table gives it, or the error that reading it ended with.
        horizon: no date can be later than this.
        mapped: which column of a flat record is what, where its name does not say.

    Raises:
        Unfit: it cannot be used.
    """
    if isinstance(item, ValueError):
        raise item if isinstance(item, Unfit) else Unfit("record", f"is not JSON: {item}")
    if not isinstance(item, dict):
        raise Unfit("record", f"is {describe(item)}, not an object")
    columns = columns_of(item, mapped)
    return _read_flat(item, columns, horizon) if columns else _read_wrapped(item, horizon)


def _read_wrapped(item: dict[str, Any], horizon: datetime) -> Record:
    paper = item["paper"]
    try:
        return _CHECK.validate_python(_flat(item, paper), context={"horizon": horizon})
    except ValidationError as error:
        field, reason = _in_words(error)
        raise Unfit(f"paper.{field}" if field.split(".")[0] in paper else field, reason) from error


def _read_flat(row: dict[str, Any], columns: Columns, horizon: datetime) -> Record:
    if "paper" in row and not any(field == "title" for field, _ in columns.taken):
        raise Unfit("paper", f"is {describe(row['paper'])}, not an object")
    try:
        fields = columns.rename(row)
        if not fields.get("id"):
            fields["id"] = cells.find_arxiv_id(str(fields.get("url") or ""))
        return _CHECK.validate_python(fields, context={"horizon": horizon})
    except BadCell as error:
        raise Unfit(error.column, error.reason) from error
    except ValidationError as error:
        field, reason = _in_words(error)
        key, _, rest = field.partition(".")
        raise Unfit(".".join(filter(None, [columns.name_of(key), rest])), reason) from error


def _flat(item: dict[str, Any], paper: dict[str, Any]) -> dict[str, Any]:
    """Join the two levels; the paper's own fields win."""
    flat = {**item, **paper}
    # The item's is New York time printed as UTC, so its date can be a day early.
    flat["publishedAt"] = paper.get("publishedAt")
    return flat


_NEEDED = {
    "string_type": "text",
    "int_type": "a whole number",
    "list_type": "a list",
    "dict_type": "an object",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
}


def _in_words(error: ValidationError) -> tuple[str, str]:
    """Which field is the first that is wrong, and why."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(step) for step in first["loc"])
    match first["type"], first["input"]:
        case "missing", _:
            reason = "is missing"
        case "value_error", _:
            reason = str(first["ctx"]["error"])
        case "greater_than_equal", value:
            reason = f"is {describe(value)}, below zero"
        case "less_than_equal", value:
            reason = f"is {describe(value)}, beyond all reason"
        case kind, value:
            reason = f"is {describe(value)}, not {_NEEDED.get(kind, first['msg'])}"
    return field, reason


def to_paper(
    record: Record,
    *,
    key: str,
    listed_on: date | None,
    listed_at: datetime | None,
    observed_at: datetime,
    source: tuple[str, float] = ("", 0.0),
) -> Paper:
    """Clean a record's text and name its web addresses.

    Its key is told, as it may have taken a hash to find; its source by name and weight.

    Raises:
        Unfit: nothing is left of the title once it is cleaned.
    """
    title = _cleaned(record.title, TITLE_LIMIT)
    if not title:
        raise Unfit("title", f"is {describe(record.title)}, which leaves nothing to print")
    authors = record.authors or []
    return Paper(
        key=key,
        id=record.id,
        title=title,
        abstract=_cleaned(record.abstract or "", ABSTRACT_LIMIT),
        summary=_cleaned(record.summary, LINE_LIMIT),
        authors=tuple(filter(None, (_name(a["name"]) for a in authors if not a.get("hidden")))),
        author_count=max(len(authors), record.authors_count or 0),
        organization=_line(record.organization),
        keywords=tuple(filter(None, map(_line, record.keywords))),
        listed_on=listed_on,
        listed_at=listed_at,
        published_on=record.published.date() if record.published else None,
        observed_at=observed_at,
        upvotes=record.upvotes,
        comments=record.comments,
        stars=record.stars,
        code_url=record.code,
        project_url=record.project,
        image_url=record.image,
        sources=(source,),
        **_addresses(record),
    )


def listed_at(record: Record, listed_on: date | None) -> datetime | None:
    """When the source listed it; the source's own midnight means that it names no time.

    Where nobody lists papers by the day, as in a feed, it is when the paper came out.
    """
    if listed_on is None:
        return record.published if record.published and record.published.time() != time() else None
    if record.listed and record.listed.time() != time():
        return record.listed
    return datetime.combine(listed_on, time(), UTC)


def _addresses(record: Record) -> dict[str, str]:
    """A record's own address goes before the one that its arXiv id leads to."""
    if record.id is None or not _ARXIV.fullmatch(record.id):
        return {"url": record.url}
    return {
        "url": record.url or f"https://huggingface.co/papers/{record.id}",
        "arxiv_url": f"https://arxiv.org/abs/{record.id}",
        "pdf_url": f"https://arxiv.org/pdf/{record.id}",
    }


def _cleaned(raw: str, limit: int) -> str:
    """Bounded before and after: cleaning costs by the character, and may add some."""
    return text.shorten(text.clean(raw[: 4 * limit]), limit) if raw else ""


def _line(raw: str) -> str:
    return _cleaned(raw, LINE_LIMIT)


#: Nine names in ten, clean as they are. They are most of what an archive holds, and looking
#: for LaTeX in them would take longer than all the rest of loading one.
_PLAIN_NAME = re.compile(r"(?:[A-Z][a-z]{1,20} ){1,3}[A-Z][a-z]{1,20}")


@lru_cache(16_384)
def _name(raw: str) -> str:
    return raw if _PLAIN_NAME.fullmatch(raw) else _line(raw)


def _title_key(title: str) -> str:
    """Fold what differs between copies of a title: case, forms of letters, blanks, signs."""
    folded = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", title).casefold()))
    return "title-" + hashlib.sha256((folded or title).encode("utf-8", "replace")).hexdigest()[:24]
