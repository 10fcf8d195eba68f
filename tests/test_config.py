"""config.toml: checked whole, every problem named by key and line."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from newsletter.config import read_settings
from newsletter.errors import ConfigError
from newsletter.settings import Settings
from newsletter.shipped import shipped

SECTIONS = {name: kind for name, kind in get_type_hints(Settings).items() if name != "home"}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("NEWSLETTER_"):
            monkeypatch.delenv(name)


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read_settings(write(folder, text))
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_the_shipped_file_names_every_key_with_its_default() -> None:
    text = (shipped() / "config.toml").read_text()
    written = tomllib.loads(re.sub(r"^# (ca_file)", r"\1", text, flags=re.MULTILINE))
    read = read_settings(shipped() / "config.toml")

    assert {name: set(section) for name, section in written.items()} == {
        name: {field.name for field in fields(kind)} for name, kind in SECTIONS.items()
    }
    for name in SECTIONS:
        if name != "store":  # its path is made absolute
            assert getattr(read, name) == getattr(Settings(), name)


def test_an_empty_file_is_enough(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, ""))

    assert settings.smtp.host == ""
    assert settings.home == tmp_path


def test_values_are_read_into_their_types(tmp_path: Path) -> None:
    text = '[schedule]\nat = "07:30"\ncatch_up = "150m"\n[delivery]\nlease = "1.5s"\n'

    settings = read_settings(write(tmp_path, text))

    assert settings.schedule.at == time(7, 30)
    assert settings.schedule.catch_up == timedelta(minutes=150)
    assert settings.delivery.lease == timedelta(seconds=1.5)


@pytest.mark.parametrize("where", ["file", "environment"])
def test_a_schedule_is_read_from_the_file_and_from_the_environment(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_file = (
        '[schedule]\nhours = { mon = "07:30", sat = "10:00" }\nskip = [2026-12-24, 2026-12-31]\n'
        'holidays = "DE-BE"\n[delivery]\nquiet_hours = "22:00-06:30"\nlatest = "18:00"\n'
    )
    if where == "environment":
        monkeypatch.setenv("NEWSLETTER_SCHEDULE__HOURS", "mon 07:30, sat 10:00")
        monkeypatch.setenv("NEWSLETTER_SCHEDULE__SKIP", "2026-12-24, 2026-12-31")
        monkeypatch.setenv("NEWSLETTER_SCHEDULE__HOLIDAYS", "DE-BE")
        monkeypatch.setenv("NEWSLETTER_DELIVERY__QUIET_HOURS", "22:00-06:30")
        monkeypatch.setenv("NEWSLETTER_DELIVERY__LATEST", "18:00")

    settings = read_settings(write(tmp_path, in_file if where == "file" else ""))

    assert dict(settings.schedule.hours) == {"mon": time(7, 30), "sat": time(10)}
    assert settings.schedule.skip == (date(2026, 12, 24), date(2026, 12, 31))
    assert settings.schedule.holidays == "DE-BE"
    assert settings.delivery.quiet_hours == (time(22), time(6, 30))
    assert settings.delivery.latest == time(18)


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_SMTP__HOST", "relay.example.org")
    monkeypatch.setenv("NEWSLETTER_SMTP__PORT", "2525")
    monkeypatch.setenv("NEWSLETTER_SCHEDULE__DAYS", "mon,wed")
    monkeypatch.setenv("NEWSLETTER_SMTP__PASSWORD", "12345")

    settings = read_settings(write(tmp_path, '[smtp]\nhost = "other"\nconnections = 3\n'))

    assert (settings.smtp.host, settings.smtp.port) == ("relay.example.org", 2525)
    assert settings.smtp.connections == 3
    assert settings.smtp.password == "12345"
    assert settings.schedule.days == ("mon", "wed")


def test_every_problem_is_told_in_one_message_by_key_and_line(tmp_path: Path) -> None:
    text = (
        '[newsletter]\ntimezone = "Europe/Berln"\n\n[smtp]\nhots = "x"\nport = "many"\n'
        '[deliver]\n[papers]\nhost = "x"\n'
    )

    message = complaint(tmp_path, text)

    assert "5 problems" in message
    assert "newsletter.timezone (line 2): 'Europe/Berln' is not a time zone" in message
    assert "did you mean Europe/Berlin?" in message
    assert "smtp.hots (line 5): unknown key; did you mean host?" in message
    assert "smtp.port (line 6): Input should be a valid integer" in message
    assert "deliver (line 7): unknown section; did you mean delivery?" in message
    assert "papers.host (line 9): unknown key; did you mean smtp.host?" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[brand]\naccent = "#123"\n', "brand.accent (line 2): '#123' is not a colour"),
        ('[brand]\npaper = "#808080"\n', "brand.paper: #808080 is neither light nor dark"),
        (
            '[brand]\nfont = "Arial; color: red"\n',
            "brand.font (line 2): 'Arial; color: red' is not",
        ),
        ('[brand]\ntitle_font = "Foo\', serif"\n', 'brand.title_font (line 2): "Foo\', serif" is'),
        ('[brand]\nfont = "\'Foo, serif"\n', "brand.font (line 2)"),
        ('[brand]\nfont = "3270 Nerd, serif"\n', "brand.font (line 2)"),
        ('[brand]\nfont = "Source Sans 3, serif"\n', "and a name with digits between quotes"),
        ('[brand]\nfont = "Inter,"\n', "brand.font (line 2)"),
        ('[brand]\nfont = "Inter,,Arial"\n', "brand.font (line 2)"),
        ('[brand]\nfont = ","\n', "brand.font (line 2)"),
        ("[brand]\ncorners = -1\n", "brand.corners (line 2)"),
        ('[delivery]\ndrain = "soon"\n', "'soon' is not a duration; write 90s, 15m, 24h or 30d"),
        ("[delivery]\ndrain = 60\n", "60 is not a duration"),
        ('[schedule]\nat = "8"\n', "schedule.at"),
        ('[schedule]\ndays = ["mon", "tues"]\n', "schedule.days"),
        ('[schedule]\nhours = { mon = "25:00" }\n', "is not a time of day"),
        ('[schedule]\nhours = { monday = "09:00" }\n', "schedule.hours"),
        ('[schedule]\nskip = ["Christmas"]\n', "schedule.skip"),
        ('[schedule]\nholidays = "Germany"\n', "write DE, US or DE-BE"),
        ("[schedule]\nholidays = 3\n", "schedule.holidays"),
        ("[schedule]\nhours = 3\n", "schedule.hours"),
        ('[schedule]\ncatch_up = "1h"\n', "not be shorter than schedule.latest"),
        ('[schedule]\ncatch_up = "1m"\nlatest = "1s"\n', "nor than 5m"),
        ('[schedule]\nwhen_thin = "perhaps"\n', "'send' or 'skip'"),
        ('[delivery]\nquiet_hours = "22:00"\n', "write 22:00-06:30"),
        ('[delivery]\nquiet_hours = "08:00-08:00:00"\n', "delivery.quiet_hours"),
        ('[delivery]\nlatest = "noon"\n', "is not a time of day"),
        ('[log]\nformat = "xml"\n', "'text' or 'json'"),
        ('[newsletter]\npublic_url = "papers.example.org"\n', "is not a web address"),
        ('[newsletter]\ntitle = "two\\nlines"\n', "must be one line"),
        ('[sender]\naddress = "nobody"\n', "sender.address (line 2)"),
        ("[papers]\nmaximum = 101\n", "less than or equal to 100"),
        ("[papers]\nminimum = 9\nmaximum = 3\n", "must not be larger than papers.maximum"),
        ('[smtp]\nusername = "ada"\n', "smtp.password: is missing"),
        ('[smtp]\nsecurity = "ssl"\n', "'starttls', 'tls' or 'none'"),
        ("smtp = 3\n", "smtp: should be a section"),
        ('[smtp]\nhost = "a..b"\n', "'a..b' is not the name of a host"),
        ('[smtp]\nlocal_hostname = "a b"\n', "'a b' is not the name of a host"),
        ('[sender]\naddress = "jörg@example.org"\n', "is not ASCII before the @"),
        ('[newsletter]\npublic_url = "https://bücher.example"\n', "write its host as xn--"),
        ('[delivery]\ngive_up_after = "99999999d"\n', "too short or too long"),
        ('[delivery]\nlease = "0.5s"\n', "delivery.lease"),
        ('[papers]\ntimeout = "0s"\n', "too short or too long"),
        ("[schedule]\ndays = []\n", "schedule.days"),
        ('[smtp]\nca_file = "nowhere.pem"\n', "there is no file"),
    ],
)
def test_a_wrong_value_is_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    assert words in complaint(tmp_path, text)


def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    assert "line 2" in complaint(tmp_path, '[smtp]\nhost = "x\n')


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="newsletter init DIR"):
        read_settings(tmp_path / "config.toml")


def test_a_wrong_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SMPT__HOST", "x")
    monkeypatch.setenv("NEWSLETTER_SMTP__HOTS", "x")
    monkeypatch.setenv("NEWSLETTER_SMTP__PORT", "many")

    message = complaint(tmp_path, "")

    assert "NEWSLETTER_SMPT__HOST: unknown section; did you mean smtp?" in message
    assert "smtp.hots (from NEWSLETTER_SMTP__HOTS): unknown key; did you mean host?" in message
    assert "smtp.port (from NEWSLETTER_SMTP__PORT)" in message


def test_a_variable_with_one_underscore_is_not_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_SMTP_HOST", "relay.example.org")
    monkeypatch.setenv("NEWSLETTER_STORE", "sqlite:///x.db")

    message = complaint(tmp_path, "")

    assert "NEWSLETTER_SMTP_HOST: names no key; did you mean NEWSLETTER_SMTP__HOST?" in message
    assert "NEWSLETTER_STORE: names no key; did you mean NEWSLETTER_STORE__KEY?" in message


@pytest.mark.parametrize("section", ["smtp", "store", "web"])
def test_secrets_print_neither_whole_nor_in_complaints(
    tmp_path: Path, section: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {
        "smtp": '[smtp]\nusername = "u"\npassword = "s3cret"\n',
        "store": '[store]\nurl = "postgresql://u:s3cret@host/db"\n',
        "web": '[web]\nsigning_key = "s3cret"\n',
    }

    settings = read_settings(write(tmp_path, secrets[section]))

    assert "s3cret" not in repr(settings)
    broken = secrets[section].replace('"s3cret"', '["s3cret"]') + "bogus = 1\n"
    assert "s3cret" not in complaint(tmp_path, broken)


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    path = write(tmp_path, '[smtp]\nca_file = "ca.pem"\n')
    (tmp_path / "ca.pem").touch()

    settings = read_settings(path)

    assert settings.store.url == f"sqlite:///{tmp_path}/var/newsletter.db"
    assert settings.smtp.ca_file == tmp_path / "ca.pem"


def test_a_setting_is_frozen(tmp_path: Path) -> None:
    settings: Any = read_settings(write(tmp_path, ""))

    with pytest.raises(AttributeError):
        settings.smtp.host = "changed"


def test_weights_are_read_from_the_file_and_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, '[ranking]\nkeywords = { "deep nets" = 0.7 }\nauthors = { Ada = -1 }')
    monkeypatch.setenv("NEWSLETTER_RANKING__AUTHORS", '{ "Grace" = 2 }')

    ranking = read_settings(file).ranking

    assert (ranking.keywords, ranking.authors) == ({"deep nets": 0.7}, {"Grace": 2})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("keywords = 5", r"ranking\.keywords \(line 2\)"),
        ('keywords = { "a" = 21 }', r"ranking\.keywords\.a \(line 2\): .*20"),
        ('keywords = { " " = 1 }', r"ranking\.keywords.*is blank"),
        ("per_organization = -1", r"ranking\.per_organization \(line 2\)"),
    ],
)
def test_a_wrong_weight_is_told_by_key_and_line(tmp_path: Path, line: str, words: str) -> None:
    assert re.search(words, complaint(tmp_path, f"[ranking]\n{line}"))
