"""Tables: CSV, TSV and Parquet, as spreadsheets and programs write them."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from newsletter import papers
from newsletter.errors import SourceUnavailable
from newsletter.papers import Loaded, opening
from newsletter.papers.tables import LEGACY
from newsletter.settings import Papers

DAY = date(2026, 8, 14)
NOW = datetime(2026, 8, 14, 8, tzinfo=UTC)
TABLE = "arxiv_id,title,abstract,votes,published,url\n"


def load(path: Path, columns: Mapping[str, str] | None = None) -> Loaded:
    return papers.load(
        path.name,
        day=DAY,
        now=NOW,
        settings=Papers(columns=columns or {}),
        home=path.parent,
        fallback=path.parent,
    )


def put(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


def refusal(path: Path, columns: Mapping[str, str] | None = None) -> str:
    with pytest.raises(SourceUnavailable) as caught:
        load(path, columns)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def bad(loaded: Loaded) -> list[tuple[int | None, str, str]]:
    return [(each.index, each.field, each.reason) for each in loaded.bad]


# --- forms ------------------------------------------------------------------------------------


def test_a_table_of_usual_columns_is_read_without_any_setting(tmp_path: Path) -> None:
    row = '2608.01234v2,"A title, with a comma","Two\nlines",87,2026-08-13,https://example.org/a\n'
    (paper,) = load(put(tmp_path / "p.csv", TABLE + row)).papers
    assert (paper.id, paper.title, paper.abstract) == (
        "2608.01234",
        "A title, with a comma",
        "Two lines",
    )
    assert (paper.upvotes, paper.published_on) == (87, date(2026, 8, 13))
    assert paper.url == "https://example.org/a"
    assert paper.arxiv_url == "https://arxiv.org/abs/2608.01234"


@pytest.mark.parametrize(
    ("name", "delimiter"), [("p.csv", ","), ("p.csv", ";"), ("p.csv", "\t"), ("p.tsv", "\t")]
)
def test_the_delimiter_is_found_in_the_first_line(
    tmp_path: Path, name: str, delimiter: str
) -> None:
    lines = ["title", "votes", "authors"], ["A, B; C", "7", "Ada"]
    quoted = (delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    (paper,) = load(put(tmp_path / name, "\r\n".join(quoted))).papers
    assert (paper.title, paper.upvotes) == ("A, B; C", 7)


def test_a_compressed_table_is_read(tmp_path: Path) -> None:
    (tmp_path / "p.csv.gz").write_bytes(gzip.compress(b"title\nA paper\n"))
    assert len(load(tmp_path / "p.csv.gz").papers) == 1


def test_flat_json_is_read_under_the_same_names(tmp_path: Path) -> None:
    records = [{"arXiv ID": "2608.01234", "Title": "A", "Likes": "1,234", "date": "14 Aug 2026"}]
    (paper,) = load(put(tmp_path / "p.json", json.dumps(records))).papers
    assert (paper.id, paper.upvotes, paper.published_on) == ("2608.01234", 1234, DAY)


def test_a_name_of_one_s_own_is_mapped_in_the_settings(tmp_path: Path) -> None:
    path = put(tmp_path / "p.csv", "Überschrift,Punkte\nA paper,7\n")
    (paper,) = load(path, {"title": "Überschrift", "upvotes": "Punkte"}).papers
    assert (paper.title, paper.upvotes) == ("A paper", 7)


def test_a_date_of_a_table_s_name_is_its_listing_day(tmp_path: Path) -> None:
    path = put(tmp_path / "2026-08-14_seen_20260814T0700Z.csv", "title\nA\n")
    loaded = load(path)
    assert loaded.papers[0].listed_on == DAY
    assert loaded.papers[0].observed_at == datetime(2026, 8, 14, 7, tzinfo=UTC)


def test_a_first_line_alone_is_a_quiet_day(tmp_path: Path) -> None:
    assert load(put(tmp_path / "2026-08-14.csv", TABLE)).papers == ()


def test_a_table_without_ids_takes_them_from_addresses(tmp_path: Path) -> None:
    path = put(tmp_path / "p.csv", "title,link\nA,https://arxiv.org/abs/2608.01234v3\nB,\n")
    assert [paper.id for paper in load(path).papers] == ["2608.01234", None]


# --- Parquet ----------------------------------------------------------------------------------


def test_parquet_is_read_with_its_types(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    east = timezone(timedelta(hours=9))
    table = pyarrow.table(
        {
            "arxiv_id": ["2608.01234v1", "2608.01235"],
            "title": ["A", "B"],
            "votes": pyarrow.array([87.0, None]),  # as pandas writes counts with gaps
            "authors": [["Ada", "Bob"], []],
            "published": pyarrow.array(
                [datetime(2026, 8, 14, 1, tzinfo=east), None],
                pyarrow.timestamp("us", "Asia/Tokyo"),
            ),
            "listed_on": [DAY, DAY],
            "embedding": [[0.1] * 8, [0.2] * 8],
        }
    )
    parquet.write_table(table, tmp_path / "p.parquet")
    first, second = load(tmp_path / "p.parquet").papers
    assert (first.id, first.upvotes, first.authors) == ("2608.01234", 87, ("Ada", "Bob"))
    assert first.published_on == date(2026, 8, 13)  # in UTC
    assert (second.upvotes, second.published_on, second.listed_on) == (None, None, DAY)


def test_a_number_in_parquet_beyond_all_counts_is_refused_in_words(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    votes = pyarrow.array([Decimal(5), Decimal(10) ** 37], pyarrow.decimal128(38, 0))
    table = pyarrow.table({"title": ["A", "B"], "upvotes": votes})
    parquet.write_table(table, tmp_path / "p.parquet")

    loaded = load(tmp_path / "p.parquet")

    assert [(paper.title, paper.upvotes) for paper in loaded.papers] == [("A", 5)]
    assert [(bad.index, bad.field) for bad in loaded.bad] == [(1, "upvotes")]


def test_parquet_that_is_none_is_named(tmp_path: Path) -> None:
    assert "p.parquet cannot be read" in refusal(put(tmp_path / "p.parquet", "PAR1, not really"))


def test_parquet_without_a_title_is_named_with_its_columns(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"headline": ["A"]}), tmp_path / "p.parquet")
    assert "has no column for the title; its columns are 'headline'" in refusal(
        tmp_path / "p.parquet"
    )


# --- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["Heading,Votes\nA,1\n", "Heading,Votes\n"])
def test_a_table_without_a_column_for_the_title_is_refused(tmp_path: Path, content: str) -> None:
    told = refusal(put(tmp_path / "p.csv", content))
    assert "p.csv has no column for the title; its columns are 'Heading', 'Votes'" in told
    assert "[papers.columns]" in told


@pytest.mark.parametrize("name", ["p.csv", "p.json", "p.jsonl"])
def test_a_column_of_the_settings_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    record = {"title": "A", "votes": 1}
    content = {
        "p.csv": "title,votes\nA,1\n",
        "p.json": json.dumps([record]),
        "p.jsonl": json.dumps(record),
    }[name]
    told = refusal(put(tmp_path / name, content), {"upvotes": "Likes"})
    assert f"{name} has no column 'Likes', which papers.columns names for upvotes" in told


def test_dates_of_several_forms_and_zones_stand_side_by_side(tmp_path: Path) -> None:
    dates = ["2026-08-13", "Thu, 13 Aug 2026 22:00:00 -0500", "14 Aug 2026", "13.08.2026", ""]
    rows = "".join(f'"Paper {number}","{day}"\n' for number, day in enumerate(dates))
    loaded = load(put(tmp_path / "p.csv", "title,published\n" + rows))
    found = {paper.title: paper.published_on for paper in loaded.papers}
    assert list(found.values()) == [date(2026, 8, 13), DAY, DAY, date(2026, 8, 13), None]


def test_a_date_with_two_meanings_costs_its_own_record_alone(tmp_path: Path) -> None:
    loaded = load(put(tmp_path / "p.csv", "title,Date\nA,03/04/2026\nB,2026-08-13\n"))
    assert [paper.title for paper in loaded.papers] == ["B"]
    ((index, field, reason),) = bad(loaded)
    assert (index, field) == (0, "Date")
    assert "may be 2026-03-04 or 2026-04-03" in reason


def test_votes_may_have_thousands_separators(tmp_path: Path) -> None:
    loaded = load(put(tmp_path / "p.csv", 'title,votes\nA,"1,234"\nB,1 234\nC,1.234\n'))
    assert [paper.upvotes for paper in loaded.papers] == [1234, 1234]
    assert bad(loaded) == [(2, "votes", "is the text '1.234', not a whole number")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_mark_tells_the_encoding(tmp_path: Path, encoding: str) -> None:
    text = ("\ufeff" if encoding.endswith(("-le", "-be")) else "") + "title,votes\nCafé 😀,7\n"
    (paper,) = load(put(tmp_path / "p.csv", text, encoding)).papers
    assert (paper.title, paper.upvotes) == ("Café 😀", 7)


def test_json_in_utf_16_is_read_too(tmp_path: Path) -> None:
    text = "\n".join(json.dumps({"title": f"Café {n}"}, ensure_ascii=False) for n in range(9_000))
    assert len(load(put(tmp_path / "p.jsonl", text, "utf-16")).papers) == 9_000


def test_latin_1_is_read_and_told(tmp_path: Path) -> None:
    loaded = load(put(tmp_path / "p.csv", "title\nCafé\n", "latin-1"))
    assert [paper.title for paper in loaded.papers] == ["Café"]
    assert "p.csv is not UTF-8; it was read as Windows-1252" in loaded.warnings[0]
    assert LEGACY == "cp1252"


def test_a_row_with_a_cell_too_many_or_too_few_is_left_out_and_named(tmp_path: Path) -> None:
    loaded = load(put(tmp_path / "p.csv", "title,votes\nA, B,1\nC,2\nD\n\nE,3\n"))
    assert [paper.title for paper in loaded.papers] == ["C", "E"]
    assert bad(loaded) == [
        (0, "record", "has 3 cells where the first line has 2"),
        (2, "record", "has 1 cell where the first line has 2"),
    ]


@pytest.mark.parametrize("name", ["p.csv", "p.jsonl"])
def test_a_line_of_300_mb_is_one_bad_record_and_never_in_memory(tmp_path: Path, name: str) -> None:
    good = ['"A"', '"B"'] if name == "p.csv" else ['{"title": "A"}', '{"title": "B"}']
    with (tmp_path / name).open("wb") as file:
        file.write(b"title\n" if name == "p.csv" else b"")
        file.write(good[0].encode() + b"\n" + good[1][:-2].encode())
        file.seek(300 * 2**20, 1)  # a hole: the file system stores nothing of it
        file.write(b"\n" + good[1].encode() + b"\n")
    tracemalloc.start()
    loaded = load(tmp_path / name)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [paper.title for paper in loaded.papers] == ["A", "B"]
    assert peak < 100 * 2**20
    assert len(loaded.bad) == 1
    assert (loaded.bad[0].index, loaded.bad[0].field) == (1, "record")


def test_a_quotation_mark_that_is_never_closed_costs_no_paper_in_silence(tmp_path: Path) -> None:
    told = refusal(put(tmp_path / "p.csv", 'votes,title\n1,A\n2,"B\n3,C\n'))
    assert "is cut off, or a quotation mark in it is never closed" in told
    rows = "".join(f"{number},{number} {'C' * 999}\n" for number in range(200))
    loaded = load(put(tmp_path / "q.csv", f'votes,title\n1,A\n2,"B\n{rows}'))
    assert bad(loaded)[0] == (1, "record", "cannot be read: field larger than field limit (65536)")
    assert len(loaded.papers) > 100


def test_parquet_with_values_that_python_has_not_costs_their_own_records_alone(
    tmp_path: Path,
) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="the extra [parquet] is not installed")
    from pyarrow import parquet

    ends = pyarrow.py_buffer(bytes(4) + b"".join(end.to_bytes(4, "little") for end in (1, 5, 6)))
    titles = pyarrow.Array.from_buffers(
        pyarrow.string(), 3, [None, ends, pyarrow.py_buffer(b"Acaf\xe9C")]
    )
    listed = pyarrow.array([0, 0, 2**62], pyarrow.timestamp("us"))
    parquet.write_table(
        pyarrow.table({"title": titles, "published": listed}), tmp_path / "p.parquet"
    )

    loaded = load(tmp_path / "p.parquet")

    assert [paper.title for paper in loaded.papers] == ["A"]
    assert bad(loaded) == [
        (1, "title", "is not UTF-8"),
        (2, "published", "cannot be read: date value out of range"),
    ]


def test_a_whole_decimal_of_a_parquet_is_a_count(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="the extra [parquet] is not installed")
    from pyarrow import parquet

    votes = pyarrow.array([Decimal("5.00"), Decimal("5.50"), None], pyarrow.decimal128(10, 2))
    table = pyarrow.table({"title": ["A", "B", "C"], "votes": votes})
    parquet.write_table(table, tmp_path / "p.parquet")

    loaded = load(tmp_path / "p.parquet")

    assert [(paper.title, paper.upvotes) for paper in loaded.papers] == [("A", 5), ("C", None)]
    assert bad(loaded) == [(1, "votes", "is the number 5.50, not a whole number")]


def test_parquet_with_two_columns_of_one_name_is_refused(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="the extra [parquet] is not installed")
    from pyarrow import parquet

    table = pyarrow.Table.from_arrays([pyarrow.array(["A"])] * 2, ["title", "title"])
    parquet.write_table(table, tmp_path / "p.parquet")
    assert "has two columns called 'title'" in refusal(tmp_path / "p.parquet")


def test_a_first_line_without_an_end_is_refused_in_words(tmp_path: Path) -> None:
    path = put(tmp_path / "p.csv", "title," + "x" * 70_000 + "\nA,B\n")
    assert "its first line, which should name the columns, cannot be read" in refusal(path)


def test_what_is_not_read_of_a_parquet_is_known_all_the_same(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"title": ["A"], "num_likes": [1]}), tmp_path / "p.parquet")
    columns = load(tmp_path / "p.parquet").lists[0].columns
    assert columns is not None
    assert (columns.unused, columns.hints) == (("num_likes",), (("upvotes", "num_likes"),))


def test_a_json_list_is_read_whole_so_its_size_is_bounded(tmp_path: Path) -> None:
    with (tmp_path / "p.json").open("wb") as file:
        file.truncate(opening.WHOLE_BYTES + 1)
    assert "holds more than 256 MiB in one piece" in refusal(tmp_path / "p.json")


def test_a_small_file_that_unpacks_without_measure_is_refused(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "p.json.gz", "wb", 1) as file:
        for _ in range(opening.WHOLE_BYTES // 2**20 + 1):
            file.write(bytes(2**20))
    assert (tmp_path / "p.json.gz").stat().st_size < 3 * 2**20
    assert "holds more than 256 MiB in one piece" in refusal(tmp_path / "p.json.gz")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("<!DOCTYPE html>\n<html>\n", "is a web page"),
        ("title,title\nA,B\n", "has two columns called 'title'"),
        ("title,votes\nA,many\n", "No record of the list can be used; the first, "),
    ],
)
def test_what_is_no_table_is_told_from_a_quiet_day(tmp_path: Path, content: str, told: str) -> None:
    assert told in refusal(put(tmp_path / "p.csv", content))
