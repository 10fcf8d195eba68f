"""Files of readers, as people and programs write them."""

from __future__ import annotations

import io
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.addresses import normalize
from newsletter.errors import UsageError
from newsletter.model import Subscriber, SubscriberStatus
from newsletter.roster import Roster, read, write

Write = Callable[[str | bytes], Path]


@pytest.fixture
def save(tmp_path: Path) -> Write:
    def save(content: str | bytes) -> Path:
        path = tmp_path / "readers.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return save


def reader(
    address: str, name: str = "", status: SubscriberStatus = SubscriberStatus.CONFIRMED
) -> Subscriber:
    moment = datetime(2026, 8, 14, tzinfo=UTC)
    return Subscriber(
        id=1, address=address, name=name, status=status, created_at=moment, changed_at=moment
    )


def read_all(path: Path) -> tuple[list[tuple[str, str]], Roster]:
    roster = read(path)
    return list(roster.entries), roster


ADA = ("ada@example.org", "Ada Lovelace")


@pytest.mark.parametrize(
    "content",
    [
        "address,name\nada@example.org,Ada Lovelace\n",
        "name,address\nAda Lovelace,ada@example.org\n",
        "Full Name;E-Mail\nAda Lovelace;ada@example.org\n",
        "Email Address\tFirst Name\tLast Name\nada@example.org\tAda\tLovelace\n",
        "surname,mail,given name\nLovelace,ada@example.org,Ada\n",
        "name,address,e-mail\nAda Lovelace,12 St James's Square,ada@example.org\n",
        "id,email,name,joined\n7,ada@example.org,Ada Lovelace,2026-01-01\n",
        "ada@example.org,Ada Lovelace",
        "Ada Lovelace,ada@example.org\n",
        "7,ada@example.org,Ada Lovelace\n",
        "ada@example.org|Ada Lovelace\n",
        "Ada Lovelace <ada@example.org>\n",
        '"Ada Lovelace" <ada@example.org>\n',
        "email\nAda Lovelace <ada@example.org>\n",
        '"address","name"\r\n"ada@example.org","Ada Lovelace"\r\n',
        "address, name\nada@example.org, Ada Lovelace\n",
        "address,name\rada@example.org,Ada Lovelace\r",
        "\n\naddress,name\n\n , \nada@example.org,Ada Lovelace\n\n",
        "address,name\nada@example.org,Ada Lovelace,one cell too many\n",
        "\ufeffaddress,name\nada@example.org,Ada Lovelace\n",
        "address,name\nada@example.org,  Ada \t Lovelace \n",
        "address,name\nada@example.org,Ada\x00Lovelace\n",
        'address,name\nada@example.org,"Ada\nLovelace"\n',
    ],
)
def test_headings_order_and_delimiters_are_found(save: Write, content: str) -> None:
    entries, roster = read_all(save(content))

    assert entries == [ADA]
    assert roster.refused == []


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ('"Müller, Jörg";jm@example.org\n', "Müller, Jörg"),
        ('jm@example.org,"Müller, Jörg"\n', "Müller, Jörg"),
        ('"Müller; Jörg" <jm@example.org>\n', "Müller; Jörg"),
        ('jm@example.org,"Jörg ""the fast"" Müller"\n', 'Jörg "the fast" Müller'),
        ("jm@example.org,'t Hooft\n", "'t Hooft"),
        ("jm@example.org\n", ""),
    ],
)
def test_names_keep_what_delimits_elsewhere(save: Write, content: str, name: str) -> None:
    assert read_all(save(content))[0] == [("jm@example.org", name)]


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
    ],
)
def test_the_encoding_is_found_or_assumed_and_told(save: Write, encoding: str, told: str) -> None:
    entries, roster = read_all(save("jm@example.org,Jörg Müller\n".encode(encoding)))

    assert entries == [("jm@example.org", "Jörg Müller")]
    assert roster.encoding == told


def test_bytes_that_no_windows_program_writes_are_read_as_latin_1(save: Write) -> None:
    entries, roster = read_all(save(b"jm@example.org,J\xf6rg\x81\n"))

    assert entries == [("jm@example.org", "Jörg")]
    assert roster.encoding == "latin-1"


def test_upper_case_plus_and_foreign_domains_are_kept_or_put_into_wire_form(save: Write) -> None:
    entries, _ = read_all(save("ADA@EXAMPLE.ORG\nada+a@example.org\njörg@Bücher.example\n"))

    assert [address for address, _ in entries] == [
        "ADA@example.org",
        "ada+a@example.org",
        "jörg@xn--bcher-kva.example",
    ]


def test_refused_lines_are_kept_with_number_text_and_reason(save: Write) -> None:
    content = "address,name\nada@example.org,Ada\nnobody,Bob\n,Carol\ndan@example.org,Dan\n"

    entries, roster = read_all(save(content))

    assert [address for address, _ in entries] == ["ada@example.org", "dan@example.org"]
    assert [(line.line, line.text) for line in roster.refused] == [(3, "nobody,Bob"), (4, ",Carol")]
    assert "'nobody' cannot be mailed to" in str(roster.refused[0])
    assert str(roster.refused[1]) == "line 4: there is no address in column 1"


@pytest.mark.parametrize("content", ["", "\n\n", " , \n", "address,name\n"])
def test_a_file_without_readers_has_none(save: Write, content: str) -> None:
    entries, roster = read_all(save(content))

    assert entries == []
    assert roster.refused == []


def test_a_forgotten_quotation_mark_costs_its_own_line_alone(save: Write) -> None:
    content = 'ada@example.org,"Ada\nbob@example.org,Bob\ncarol@example.org,"Carol"\n'

    entries, roster = read_all(save(content * 100))

    assert len(entries) == 200
    assert {line.text for line in roster.refused} == {'ada@example.org,"Ada'}
    assert "quotation mark" in roster.refused[0].reason


def test_an_endless_cell_costs_its_own_line_alone(save: Write) -> None:
    entries, roster = read_all(save(f"{'x' * 200_000},a@example.org\nb@example.org,B\n"))

    assert [address for address, _ in entries] == ["b@example.org"]
    assert [line.line for line in roster.refused] == [1]


def test_no_cell_can_smuggle_in_a_header_or_another_reader(save: Write) -> None:
    content = (
        'address,name\n'
        'ada@example.org,"Ada\r\nBcc: victim@example.org"\n'
        '"bob@example.org\r\nBcc: victim@example.org",Bob\n'
        '"carol@example.org>\r\nRCPT TO:<victim@example.org",Carol\n'
        'dan@example.org,"Dan\n\nvictim@example.org,Victim\n"\n'
    )  # fmt: skip

    entries, roster = read_all(save(content))

    assert entries == [
        ("ada@example.org", "Ada Bcc: victim@example.org"),
        ("dan@example.org", "Dan victim@example.org,Victim"),
    ]
    assert [line.line for line in roster.refused] == [4, 6]


def test_who_is_marked_as_having_left_is_not_brought_back(save: Write) -> None:
    content = "email,status\na@example.org,Active\nb@example.org,unsubscribed\nc@example.org,\n"

    entries, roster = read_all(save(content))

    assert [address for address, _ in entries] == ["a@example.org", "c@example.org"]
    assert "marked as 'unsubscribed'" in roster.refused[0].reason


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.csv cannot be read"):
        read(tmp_path / "nowhere.csv")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write(tmp_path / "no folder" / "readers.csv", [])


def test_an_export_goes_to_standard_output_without_a_file() -> None:
    with redirect_stdout(io.StringIO()) as out:
        assert write(None, [reader("ada@example.org", "Ada")]) == 1

    assert out.getvalue() == "address,name,status\nada@example.org,Ada,confirmed\n"
    assert not sys.stdout.closed


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "'=", "''@"])
def test_no_spreadsheet_runs_an_exported_name(tmp_path: Path, start: str) -> None:
    path, name = tmp_path / "readers.csv", f"{start}HYPERLINK(1)"

    write(path, [reader("ada@example.org", name), reader("=1+1@example.org")])

    cells = [line.partition(",") for line in path.read_text().splitlines()[1:]]
    assert cells[0][2].startswith("'")
    assert cells[1][0].startswith("'")
    assert read_all(path)[0] == [("ada@example.org", name), ("=1+1@example.org", "")]


names = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" ")).map(
    lambda name: " ".join(name.split())
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(names, min_size=1))
def test_what_is_exported_is_read_back_the_same(tmp_path: Path, names: list[str]) -> None:
    readers = [reader(f"r{number}@example.org", name) for number, name in enumerate(names)]

    assert write(tmp_path / "readers.csv", readers) == len(names)

    entries, roster = read_all(tmp_path / "readers.csv")
    assert entries == [(one.address, one.name) for one in readers]
    assert roster.refused == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400) | st.text('a@.,;"\n\r\t<> =\x00', max_size=200).map(str.encode))
def test_any_bytes_are_read_without_a_crash(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "readers.csv"
    path.write_bytes(content)

    for address, name in read_all(path)[0]:
        assert not any(c in "\r\n\x00" for c in address + name)


def test_a_long_file_is_streamed(tmp_path: Path) -> None:
    """Neither the file nor its readers are ever in memory as a whole."""
    path = tmp_path / "readers.csv"
    with path.open("w") as file:
        file.writelines(f"reader{number}@example.org,Reader {number}\n" for number in range(50_000))
    normalize("reader@example.org")  # what it imports is not the file's
    tracemalloc.start()

    assert len(list(islice(read(path).entries, 2000))) == 2000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < path.stat().st_size
