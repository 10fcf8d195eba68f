"""Series of votes in files, and what is said of wrong ones."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from newsletter.backtest.series import read_files
from newsletter.errors import UsageError

HEAD = "paper_id,listing_date,observed_at,upvotes,num_comments\n"
LINE = "2401.10020,2024-01-19,2024-01-19T08:00:00Z,3,\n"


def test_ids_stay_text_and_moments_become_utc(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.csv", tmp_path / "b.csv.gz"
    plain.write_bytes(b"\xef\xbb\xbf" + (HEAD + LINE).encode())
    packed.write_bytes(
        gzip.compress((HEAD + "2401.1,2024-01-19,2024-01-19T09:00:00+01:00,,\n" + LINE).encode())
    )

    series = read_files([plain, packed])

    assert series["key"].tolist() == ["2401.10020", "2401.10020"]
    assert series["seen_at"].iloc[0].isoformat() == "2024-01-19T08:00:00+00:00"
    assert series["votes"].tolist() == [3, 3]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a table"),
        (b"a,b\n1,2,3\n1,2,3,4\n", "not a table"),
        (HEAD.replace("observed_at", "seen").encode(), "no column observed_at"),
        (HEAD.encode() + LINE.encode() + b"1,2024-13-19,2024-01-19,3,\n", "line 3: listing_date"),
        (HEAD.encode() + LINE.replace("3,", "many,").encode(), "line 2: upvotes 'many'"),
        (b"\xff\xfe\x00\xd8", "not a table"),
    ],
    ids=["empty", "ragged", "a column lacks", "no date", "no number", "no text"],
)
def test_a_wrong_file_is_named_with_what_is_wrong(
    tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "votes.csv"
    file.write_bytes(content)

    with pytest.raises(UsageError, match=words) as caught:
        read_files([file])
    assert "votes.csv" in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"plain text", gzip.compress(LINE.encode() * 99, mtime=0)[:-30]]
)
def test_a_file_that_gzip_refuses_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "votes.csv.gz"
    file.write_bytes(content)

    with pytest.raises(UsageError, match=r"votes\.csv\.gz"):
        read_files([file])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.csv cannot be read: No such file"):
        read_files([tmp_path / "nowhere.csv"])
