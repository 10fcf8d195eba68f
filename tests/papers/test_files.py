"""Lists in files: which are read, and what is told of one that cannot be."""

from __future__ import annotations

import gzip
import json
import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from newsletter import papers
from newsletter.errors import SourceUnavailable
from newsletter.papers import Loaded
from newsletter.settings import Papers

DAY = date(2026, 8, 14)
NOW = datetime(2026, 8, 14, 8, tzinfo=UTC)


def item(number: int, upvotes: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "paper": {"id": f"2608.{number:05}", "title": f"Paper {number}", "upvotes": upvotes}
        | fields
    }


def put(path: Path, content: object) -> Path:
    """Write bytes or text as they are, anything else as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, (bytes, str)) else json.dumps(content)
    raw = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def load(home: Path, source: str, day: date | None = DAY, now: datetime = NOW) -> Loaded:
    return papers.load(
        source, day=day, now=now, settings=Papers(), home=home, fallback=home / "fallback"
    )


def votes(loaded: Loaded) -> dict[str, int | None]:
    return {paper.title: paper.upvotes for paper in loaded.papers}


def refusal(home: Path, source: str) -> str:
    with pytest.raises(SourceUnavailable) as caught:
        load(home, source)
    message = str(caught.value)
    assert "\n" not in message
    return message


# --- forms of a file --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["p.json", "p.json.gz"])
def test_a_json_list_is_read_plain_or_compressed(tmp_path: Path, name: str) -> None:
    put(tmp_path / name, [item(1), item(2)])
    assert len(load(tmp_path, name).papers) == 2


@pytest.mark.parametrize("name", ["p.jsonl", "p.jsonl.gz"])
def test_json_lines_are_read_plain_or_compressed(tmp_path: Path, name: str) -> None:
    lines = [json.dumps(item(1)), "", json.dumps(item(2) | {"note": "\u2028"}, ensure_ascii=False)]
    put(tmp_path / name, "\n".join(lines) + "\n")
    assert len(load(tmp_path, name).papers) == 2


@pytest.mark.parametrize("name", ["p.json", "p.jsonl"])
def test_a_byte_order_mark_is_no_trouble(tmp_path: Path, name: str) -> None:
    content = item(1) if name == "p.jsonl" else [item(1)]
    put(tmp_path / name, b"\xef\xbb\xbf" + json.dumps(content).encode())
    assert len(load(tmp_path, name).papers) == 1


def test_a_folder_is_all_its_lists_and_nothing_else(tmp_path: Path) -> None:
    put(tmp_path / "in" / "a.json", [item(1)])
    put(tmp_path / "in" / "b.jsonl.gz", json.dumps(item(2)))
    put(tmp_path / "in" / "README.md", "# Papers")
    put(tmp_path / "in" / "deeper" / "c.json", [item(3)])
    assert set(votes(load(tmp_path, "in"))) == {"Paper 1", "Paper 2"}


def test_a_pattern_picks_files(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        put(tmp_path / f"p{number}.json", [item(number)])
    assert set(votes(load(tmp_path, "p[12].json"))) == {"Paper 1", "Paper 2"}


def test_a_file_whose_name_looks_like_a_pattern_is_found(tmp_path: Path) -> None:
    put(tmp_path / "p[1].json", [item(1)])
    assert len(load(tmp_path, "p[1].json").papers) == 1


def test_an_absolute_path_is_not_taken_from_home(tmp_path: Path) -> None:
    path = put(tmp_path / "a.json", [item(1)])
    assert len(load(tmp_path / "elsewhere", str(path)).papers) == 1


# --- the sample papers ------------------------------------------------------------------------


def test_the_sample_is_the_operator_s_own_where_there_is_one(tmp_path: Path) -> None:
    put(tmp_path / "fallback" / "a.json", [item(1)])
    assert set(votes(load(tmp_path, "sample"))) == {"Paper 1"}
    put(tmp_path / "data" / "papers" / "b.json", [item(2)])
    assert set(votes(load(tmp_path, "sample"))) == {"Paper 2"}


def test_the_newest_day_of_the_sample_is_told_by_its_names(tmp_path: Path) -> None:
    put(tmp_path / "2026-08-12_seen_20260812T1550Z.json", "never read")
    put(tmp_path / "2026-08-14_seen_20260814T0847Z.json", "never read")
    put(tmp_path / "other.json", "never read")
    assert papers.newest_day(home=tmp_path / "none", fallback=tmp_path, now=NOW) == DAY


def test_the_newest_day_of_the_sample_is_told_by_its_records_else(tmp_path: Path) -> None:
    put(tmp_path / "a.json", [item(1) | {"listing_date": "2026-08-13"}, item(2)])
    newest = papers.newest_day(home=tmp_path / "none", fallback=tmp_path, now=NOW)
    assert newest == date(2026, 8, 13)


def test_a_sample_without_any_day_asks_for_one(tmp_path: Path) -> None:
    put(tmp_path / "a.json", [item(1)])
    with pytest.raises(SourceUnavailable, match="--date"):
        papers.newest_day(home=tmp_path / "none", fallback=tmp_path, now=NOW)


# --- which observation counts -----------------------------------------------------------------


def test_votes_are_those_of_the_newest_list_not_after_now(tmp_path: Path) -> None:
    put(tmp_path / "2026-08-14_seen_20260814T0500Z.json", [item(1, 1), item(2, 5)])
    put(tmp_path / "2026-08-14_seen_20260814T0700Z.json", [item(1, 3)])
    put(tmp_path / "2026-08-14_seen_20260814T1500Z.json", [item(1, 9), item(3, 9)])
    loaded = load(tmp_path, ".")
    assert votes(loaded) == {"Paper 1": 3, "Paper 2": 5}
    assert loaded.first_seen == dict.fromkeys(
        ("2608.00001", "2608.00002"), datetime(2026, 8, 14, 5, tzinfo=UTC)
    )
    assert [seen.observed_at.hour for seen in loaded.lists] == [5, 7]


def test_a_day_not_seen_by_now_is_taken_as_it_was_first_seen(tmp_path: Path) -> None:
    put(tmp_path / "2026-08-14_seen_20260814T0900Z.json", [item(1, 2)])
    put(tmp_path / "2026-08-14_seen_20260814T1500Z.json", "never read")
    assert votes(load(tmp_path, ".")) == {"Paper 1": 2}


def test_a_list_of_a_later_day_or_of_more_than_a_week_ago_is_not_opened(tmp_path: Path) -> None:
    put(tmp_path / "2026-08-15_seen_20260814T0700Z.json", "never read")
    put(tmp_path / "2026-08-06_seen_20260806T0700Z.json", "never read")
    put(tmp_path / "2026-08-07_seen_20260807T0700Z.json", [item(1)])
    loaded = load(tmp_path, ".")
    assert set(votes(loaded)) == {"Paper 1"}
    assert loaded.warnings == ()


def test_without_a_day_everything_is_read(tmp_path: Path) -> None:
    put(tmp_path / "2024-01-01.json", [item(1)])
    put(tmp_path / "2026-08-14.json", [item(2)])
    assert len(load(tmp_path, ".", day=None).papers) == 2


def test_records_of_other_days_are_left_out_of_an_archive(tmp_path: Path) -> None:
    days = ["2026-08-15", "2026-08-14", "2026-08-07", "2026-08-06"]
    records = [item(n) | {"listing_date": day} for n, day in enumerate(days)]
    put(tmp_path / "archive.json", records)
    assert set(votes(load(tmp_path, "archive.json"))) == {"Paper 1", "Paper 2"}


def test_a_record_s_own_time_of_observation_counts_in_an_archive(tmp_path: Path) -> None:
    seen = [("2026-08-14T05:00:00Z", 1), ("2026-08-14T07:00:00Z", 3), ("2026-08-14T15:00:00Z", 9)]
    records = [
        item(1, count) | {"listing_date": "2026-08-14", "observed_at": moment}
        for moment, count in seen
    ]
    put(tmp_path / "archive.json", records)
    loaded = load(tmp_path, "archive.json")
    assert votes(loaded) == {"Paper 1": 3}
    assert loaded.papers[0].observed_at == datetime(2026, 8, 14, 7, tzinfo=UTC)


def test_an_archive_never_passes_for_the_whole_list_of_a_day(tmp_path: Path) -> None:
    put(tmp_path / "archive.json", [item(1) | {"listing_date": "2026-08-14"}])
    assert [seen.listed_on for seen in load(tmp_path, "archive.json").lists] == [None]


def test_a_late_arrival_in_an_archive_is_left_out_where_a_list_in_time_lacked_it(
    tmp_path: Path,
) -> None:
    put(tmp_path / "2026-08-14_seen_20260814T0700Z.json", [item(1)])
    late = item(2) | {"listing_date": "2026-08-14", "observed_at": "2026-08-14T15:00:00Z"}
    put(tmp_path / "archive.json", [late])
    assert set(votes(load(tmp_path, "."))) == {"Paper 1"}


def test_else_a_file_counts_as_read_when_it_was_modified(tmp_path: Path) -> None:
    path = put(tmp_path / "2026-08-14.json", [item(1)])
    modified = datetime(2026, 8, 14, 6, 30, tzinfo=UTC)
    os.utime(path, (modified.timestamp(), modified.timestamp()))
    assert load(tmp_path, ".").papers[0].observed_at == modified


def test_a_name_with_an_impossible_date_says_nothing(tmp_path: Path) -> None:
    put(tmp_path / "2026-13-45_seen_20261345T0700Z.json", [item(1)])
    assert load(tmp_path, ".").papers[0].listed_on is None


def test_the_listing_day_is_that_of_the_name_before_the_record_s_own(tmp_path: Path) -> None:
    record = item(1, submittedOnDailyAt="2026-08-12T03:00:00Z") | {"listing_date": "2026-08-13"}
    put(tmp_path / "2026-08-14.json", [record])
    put(tmp_path / "plain.json", [record])
    assert load(tmp_path, "2026-08-14.json").papers[0].listed_on == DAY
    assert load(tmp_path, "plain.json").papers[0].listed_on == date(2026, 8, 13)


def test_a_paper_on_two_days_keeps_the_first_and_the_newest_votes(tmp_path: Path) -> None:
    put(tmp_path / "2026-08-13_seen_20260813T0700Z.json", [item(1, 4)])
    put(tmp_path / "2026-08-14_seen_20260814T0700Z.json", [item(1, 2)])
    (paper,) = load(tmp_path, ".").papers
    assert (paper.listed_on, paper.upvotes) == (date(2026, 8, 13), 2)
    assert paper.listed_at == datetime(2026, 8, 13, tzinfo=UTC)


def test_versions_of_a_paper_are_one_paper(tmp_path: Path) -> None:
    put(tmp_path / "a.json", [item(1, id="2608.00001v1"), item(1, 7, id="2608.00001v2")])
    assert votes(load(tmp_path, "a.json")) == {"Paper 1": 7}


def test_a_paper_withdrawn_since_is_left_out_and_named(tmp_path: Path) -> None:
    put(tmp_path / "2026-08-14_seen_20260814T0500Z.json", [item(1), item(2)])
    put(
        tmp_path / "2026-08-14_seen_20260814T0700Z.json",
        [item(1, withdrawnAt="2026-08-13T00:00:00.000Z"), item(2)],
    )
    loaded = load(tmp_path, ".")
    assert set(votes(loaded)) == {"Paper 2"}
    (bad,) = loaded.bad
    assert (bad.index, bad.field) == (0, "withdrawnAt")
    assert bad.reason == "the paper was withdrawn on 2026-08-13"


# --- what cannot be read ----------------------------------------------------------------------


def test_one_bad_record_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    put(tmp_path / "a.json", [item(1), 1, item(2, upvotes=-5), item(3)])
    loaded = load(tmp_path, "a.json")
    assert set(votes(loaded)) == {"Paper 1", "Paper 3"}
    assert [str(bad) for bad in loaded.bad] == [
        f"{tmp_path / 'a.json'}[1]: record: is the number 1, not an object",
        f"{tmp_path / 'a.json'}[2]: paper.upvotes: is the number -5, below zero",
    ]
    assert loaded.lists[0].count == 4


def test_a_broken_line_among_good_ones_is_one_bad_record(tmp_path: Path) -> None:
    put(tmp_path / "a.jsonl", "\n".join([json.dumps(item(1)), '{"paper": ', json.dumps(item(2))]))
    loaded = load(tmp_path, "a.jsonl")
    assert len(loaded.papers) == 2
    (bad,) = loaded.bad
    assert bad.index == 1
    assert bad.reason == "is not JSON: line 2, column 11: Expecting value"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("1", "holds the number 1 in place of a list"),
        ("null", "holds null in place of a list"),
        ('{"error": "Invalid date"}', "holds an error in place of papers: the text 'Invalid date'"),
        ('{"papers": []}', "holds an object in place of a list"),
        ("<!DOCTYPE html><html>", "is a web page"),
        ('[\n{"paper": {"id": "2', "is cut off or not JSON: line 2, column 18"),
        ("[" * 100_000, "is cut off or not JSON: line 1"),
        ("[" + "9" * 5000 + "]", "is cut off or not JSON: line 1"),
        (b'[\n"caf\xe9"]', "is not UTF-8 at line 2"),
        ("[1, 2]", "No record of the list can be used; the first,"),
    ],
)
def test_what_is_no_list_is_told_from_a_quiet_day(
    tmp_path: Path, content: str | bytes, told: str
) -> None:
    path = put(tmp_path / "a.json", content)
    message = refusal(tmp_path, "a.json")
    assert told in message
    assert str(path) in message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("\n\n", "is empty"),
        ('{"paper": {"title": "A"}}\n{"pap', "is cut off or not JSON: line 2, column 2"),
        ("\n<html>\n</html>", "is a web page"),
        ('{"error": "Invalid date"}', "No record of the list can be used; the first,"),
    ],
)
def test_json_lines_that_are_none_are_told_from_a_quiet_day(
    tmp_path: Path, content: str | bytes, told: str
) -> None:
    put(tmp_path / "a.jsonl", content)
    assert told in refusal(tmp_path, "a.jsonl")


def test_a_line_that_is_not_utf_8_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    lines = [json.dumps(item(1)).encode(), b'{"title": "caf\xe9"}', json.dumps(item(2)).encode()]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))

    loaded = load(tmp_path, "a.jsonl")

    assert len(loaded.papers) == 2
    assert ["line 2 is not UTF-8" in str(bad) for bad in loaded.bad] == [True]


def test_an_empty_list_is_a_quiet_day(tmp_path: Path) -> None:
    put(tmp_path / "2026-08-14_seen_20260814T0700Z.json", [])
    loaded = load(tmp_path, ".")
    assert loaded.papers == ()
    assert [(seen.listed_on, seen.count) for seen in loaded.lists] == [(DAY, 0)]


def test_a_compressed_file_that_is_cut_off_is_named(tmp_path: Path) -> None:
    whole = put(tmp_path / "a.jsonl.gz", "\n".join(json.dumps(item(n)) for n in range(500)))
    (tmp_path / "b.jsonl.gz").write_bytes(whole.read_bytes()[:-500])
    assert "b.jsonl.gz cannot be read: Compressed file ended" in refusal(tmp_path, "b.jsonl.gz")


def test_a_file_that_only_calls_itself_compressed_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json.gz").write_text("[]")
    assert "a.json.gz cannot be read: Not a gzipped file" in refusal(tmp_path, "a.json.gz")


@pytest.mark.parametrize("source", ["none.json", "*.json", "empty", "notes.txt", "sample"])
def test_a_source_without_any_file_is_unavailable(tmp_path: Path, source: str) -> None:
    (tmp_path / "empty").mkdir()
    put(tmp_path / "notes.txt", "[]")
    assert "There are no papers at" in refusal(tmp_path, source)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Be no superuser for a while: nothing is forbidden to one."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_file_that_may_not_be_read_is_named() -> None:
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        put(Path(folder, "a.json"), []).chmod(0)
        with unprivileged():
            message = refusal(Path(folder), "a.json")
    assert "a.json cannot be read: Permission denied" in message


def test_a_folder_in_a_file_s_place_and_a_dead_link_are_named(tmp_path: Path) -> None:
    (tmp_path / "in" / "a.json").mkdir(parents=True)
    assert "a.json cannot be read: Is a directory" in refusal(tmp_path, "in")
    (tmp_path / "in" / "a.json").rmdir()
    (tmp_path / "in" / "b.json").symlink_to(tmp_path / "nowhere")
    assert "b.json cannot be read: No such file" in refusal(tmp_path, "in")


# --- what a failure costs ---------------------------------------------------------------------


def test_an_older_day_s_list_that_cannot_be_read_is_a_warning(tmp_path: Path) -> None:
    put(tmp_path / "2026-08-13_seen_20260813T0700Z.json", "1")
    put(tmp_path / "2026-08-14_seen_20260814T0700Z.json", [item(1)])
    loaded = load(tmp_path, ".")
    assert set(votes(loaded)) == {"Paper 1"}
    assert len(loaded.warnings) == 1
    assert "2026-08-13" in loaded.warnings[0]


def test_the_day_s_own_list_that_cannot_be_read_stops_the_day(tmp_path: Path) -> None:
    put(tmp_path / "2026-08-13_seen_20260813T0700Z.json", [item(1)])
    put(tmp_path / "2026-08-14_seen_20260814T0700Z.json", '{"error": "later"}')
    assert "2026-08-14" in refusal(tmp_path, ".")


@pytest.mark.parametrize("hour", ["05", "15"])
def test_another_list_of_the_day_stands_in_with_a_warning(tmp_path: Path, hour: str) -> None:
    put(tmp_path / "2026-08-14_seen_20260814T0700Z.json", "1")
    put(tmp_path / f"2026-08-14_seen_20260814T{hour}00Z.json", [item(1)])
    loaded = load(tmp_path, ".")
    assert set(votes(loaded)) == {"Paper 1"}
    assert len(loaded.warnings) == 1


def test_a_file_of_no_known_day_that_cannot_be_read_may_have_been_the_day_s(
    tmp_path: Path,
) -> None:
    put(tmp_path / "archive.jsonl", '{"pap')
    put(tmp_path / "2026-08-13_seen_20260813T0700Z.json", [item(1)])
    assert "archive.jsonl" in refusal(tmp_path, ".")
    put(tmp_path / "2026-08-14_seen_20260814T0700Z.json", [item(2)])
    assert len(load(tmp_path, ".").papers) == 2


def test_dated_files_without_the_day_s_own_are_a_quiet_day(tmp_path: Path) -> None:
    put(tmp_path / "2026-08-01_seen_20260801T0700Z.json", [item(1)])
    loaded = load(tmp_path, ".")
    assert (loaded.papers, loaded.lists, loaded.warnings) == ((), (), ())


def test_without_a_day_only_the_loss_of_everything_stops(tmp_path: Path) -> None:
    put(tmp_path / "a.json", "1")
    with pytest.raises(SourceUnavailable):
        load(tmp_path, ".", day=None)
    put(tmp_path / "b.json", [item(1)])
    assert len(load(tmp_path, ".", day=None).warnings) == 1


def test_a_date_a_day_ahead_is_still_believed(tmp_path: Path) -> None:
    near, far = ((NOW + timedelta(hours=hours)).isoformat() for hours in (23, 49))
    path = put(tmp_path / "2026-08-14.json", [item(1, publishedAt=near), item(2, publishedAt=far)])
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    loaded = load(tmp_path, ".")
    assert set(votes(loaded)) == {"Paper 1"}
    assert [bad.index for bad in loaded.bad] == [1]
