"""Nobody's change to a file gets lost, and no file is half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.errors import UsageError
from newsletter.revision import read, write


def test_a_file_is_replaced_once_and_not_over_a_change(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    write(path, "one", seen=read(path).mark)
    seen = read(path).mark

    write(path, "two", seen=seen)

    with pytest.raises(UsageError, match="changed meanwhile"):
        write(path, "three", seen=seen)
    assert read(path).text == "two"
    assert list(path.parent.iterdir()) == [path]


def test_line_ends_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a\r\nb\n")

    write(path, read(path).text, seen=read(path).mark)

    assert path.read_bytes() == b"a\r\nb\n"


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\xff")

    with pytest.raises(UsageError, match="file cannot be read"):
        read(tmp_path / "file")
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path)
