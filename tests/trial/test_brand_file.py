"""Tokens saved into config.toml: nothing else in it changes, and nothing is lost."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter import revision
from newsletter.errors import ConfigError, UsageError
from newsletter.shipped import shipped
from newsletter.trial.brand_file import save_brand

CHANGES = {"accent": "#005a9c", "footer": ("Made at the Lab", "Room “7”"), "width": 640}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_bytes((shipped() / "config.toml").read_bytes())
    return path


def save(path: Path, changes: dict[str, object]) -> str:
    save_brand(path, changes, seen=revision.read(path).mark)
    return path.read_text(encoding="utf-8")


def test_only_the_lines_of_the_tokens_change_and_their_comments_stay(config: Path) -> None:
    before = config.read_text()

    after = save(config, CHANGES)

    pairs = zip(before.splitlines(), after.splitlines(), strict=True)
    changed = {one.split()[0]: (one, other) for one, other in pairs if one != other}
    assert changed.keys() == CHANGES.keys()
    assert all(one.partition("#")[2][-12:] == other[-12:] for one, other in changed.values())
    assert tomllib.loads(after)["brand"]["footer"] == ["Made at the Lab", "Room “7”"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\ufeff[newsletter]\ntitle = 'A'\n",
        "[brand]\r\nink = '#111111' # dark\r\n\r\n# of the relay\r\n[smtp]\r\nport = 25\r\n",
        "brand.ink = '#111111'\n[smtp]\nport = 25\n",
        "brand = {ink = '#111111'}\n",
        "[smtp]\nport = 25",
    ],
)
def test_a_token_that_was_not_there_is_added_however_the_file_is_written(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8", newline="")
    before = tomllib.loads(text.removeprefix("\ufeff"))

    after = tomllib.loads(save(path, {"accent": "#005a9c"}).removeprefix("\ufeff"))

    assert after.pop("brand") == before.pop("brand", {}) | {"accent": "#005a9c"}
    assert after == before


def test_a_new_token_stands_in_its_section_not_behind_the_next_ones_comment(
    tmp_path: Path,
) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[brand]\nink = '#111111'\n\n# of the relay\n[smtp]\nport = 25\n")

    after = save(path, {"accent": "#005a9c"})

    assert after.index("accent") < after.index("# of the relay")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)))
def test_any_footer_is_read_back_as_it_was(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[brand]\nfooter = [] # more\n")

    after = save(path, {"footer": tuple(lines)})

    assert tomllib.loads(after)["brand"]["footer"] == lines
    assert after.endswith("# more\n")


def test_a_file_that_changed_meanwhile_is_not_written_over(config: Path) -> None:
    seen = revision.read(config).mark
    config.write_text("# somebody else\n")

    with pytest.raises(UsageError, match=r"config\.toml was changed meanwhile"):
        save_brand(config, CHANGES, seen=seen)

    assert config.read_text() == "# somebody else\n"


def test_nothing_is_written_that_the_program_would_refuse(config: Path) -> None:
    before = config.read_bytes()

    with pytest.raises(ConfigError, match=r"brand\.accent"):
        save(config, {"accent": "red"})

    assert config.read_bytes() == before
    assert list(config.parent.iterdir()) == [config]


def test_what_the_environment_sets_is_not_saved_where_it_would_not_count(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_BRAND__ACCENT", "#123456")

    with pytest.raises(ConfigError, match=r"brand\.accent is set by NEWSLETTER_BRAND__ACCENT"):
        save(config, CHANGES)


def test_a_link_stays_a_link_and_the_file_keeps_its_mode(tmp_path: Path, config: Path) -> None:
    config.chmod(0o640)
    link = tmp_path / "linked" / "config.toml"
    link.parent.mkdir()
    link.symlink_to(config)

    save(link, {"accent": "#005a9c"})

    assert link.is_symlink()
    assert "#005a9c" in config.read_text()
    assert config.stat().st_mode & 0o777 == 0o640


def test_a_file_that_cannot_be_written_is_named_and_left(config: Path) -> None:
    in_the_way = config.with_name(f".config.toml.{os.getpid()}.new")
    in_the_way.mkdir()
    before = config.read_bytes()

    with pytest.raises(UsageError, match=r"config\.toml cannot be written"):
        save(config, CHANGES)

    assert config.read_bytes() == before
