"""Reads `config.toml` and the environment into one checked tree of settings.

The whole is checked at once: every problem is told in one message, by key and line.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import ValidationError, create_model
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from newsletter.colours import find_unreadable
from newsletter.errors import ConfigError
from newsletter.settings import Settings
from newsletter.wording import suggest

_PREFIX = "NEWSLETTER_"
_SECTIONS: dict[str, type] = {
    name: kind for name, kind in get_type_hints(Settings).items() if name != "home"
}
#: Cron asks every five minutes: with less nobody would ever come in time.
_SHORTEST_CATCH_UP = timedelta(minutes=5)
_SECTION_LINE = re.compile(r"\s*\[\[?\s*([\w-]+)(?:\s*\.\s*([\w-]+))?\s*\]")
_WORDS = {
    "missing": "is missing",
    "unexpected_keyword_argument": "unknown key",
    "extra_forbidden": "unknown section",
    "dataclass_type": "should be a section, such as [smtp]",
}


class _Base(BaseSettings):
    model_config = SettingsConfigDict(
        extra="forbid",
        env_prefix=_PREFIX,
        env_nested_delimiter="__",
        hide_input_in_errors=True,  # a password must not appear in a message
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings  # the environment wins over the file


def read_settings(path: Path) -> Settings:
    """The settings in `path`, overridden by `NEWSLETTER_SECTION__KEY` in the environment.

    Raises:
        ConfigError: the file is missing or no TOML, or a key is unknown or wrong.
    """
    return parse_settings(path, _read_text(path))


def parse_settings(path: Path, text: str) -> Settings:
    """The settings that `path` would give if `text` stood in it.

    Raises:
        ConfigError: it is no TOML, or a key is unknown or wrong.
    """
    settings = _check(path, text, _read_toml(path, text))
    return _resolve_paths(settings, path.resolve().parent)


def find_variable(section: str, key: str) -> str | None:
    """The name of the environment's variable that sets a key, and so wins over the file."""
    variable = f"{_PREFIX}{section}__{key}".upper()
    return next((name for name in os.environ if name.upper() == variable), None)


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"There is no {path}; `newsletter init DIR` writes a new one, --config names another."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def _read_toml(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def _check(path: Path, text: str, tree: dict[str, Any]) -> Settings:
    model = _make_model()
    problems = list(_unknown_variables(os.environ))
    try:
        checked = model(**tree)
    except ValidationError as error:
        problems += [_describe(text, problem) for problem in error.errors()]
    except SettingsError as error:  # a variable where a whole section would have to stand
        problems = problems or [str(error)]
    else:
        settings = Settings(**{name: getattr(checked, name) for name in _SECTIONS})
        problems += list(_contradictions(settings))
        if not problems:
            return settings
    raise ConfigError(_in_one_message(path, problems))


def _make_model() -> type[BaseSettings]:
    defaults: dict[str, Any] = {name: (kind, kind()) for name, kind in _SECTIONS.items()}
    return create_model("_Checked", __base__=_Base, **defaults)


def _contradictions(settings: Settings) -> Iterator[str]:
    if settings.papers.minimum > settings.papers.maximum:
        yield "papers.minimum: must not be larger than papers.maximum"
    yield from find_unreadable(settings.brand)
    if settings.schedule.catch_up < max(settings.schedule.latest, _SHORTEST_CATCH_UP):
        yield "schedule.catch_up: must not be shorter than schedule.latest, nor than 5m"
    if settings.smtp.username and not settings.smtp.password:
        yield (
            "smtp.password: is missing though smtp.username is set; "
            "best given as NEWSLETTER_SMTP__PASSWORD"
        )


def _unknown_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """A variable that names no key would otherwise be ignored in silence."""
    for variable in sorted(name for name in environ if name.startswith(_PREFIX)):
        section, separator, _ = variable.removeprefix(_PREFIX).lower().partition("__")
        if separator and section not in _SECTIONS:
            yield f"{variable}: unknown section{suggest(section, _SECTIONS)}"
        elif not separator and section.partition("_")[0] in _SECTIONS:
            key = variable.removeprefix(_PREFIX).replace("_", "__", 1)
            meant = f"{_PREFIX}{key}" if "__" in key else f"{variable}__KEY"
            yield f"{variable}: names no key; did you mean {meant}?"


def _describe(text: str, problem: Any) -> str:
    section, *rest = (str(part) for part in problem["loc"])
    key = ".".join([section, *rest])
    words = _WORDS.get(problem["type"], problem["msg"].removeprefix("Value error, "))
    if problem["type"] == "extra_forbidden":
        words += suggest(section, _SECTIONS)
    elif problem["type"] == "unexpected_keyword_argument":
        known = [field.name for field in fields(_SECTIONS[section])]
        words += suggest(rest[0], known) or _suggest_section(rest[0])
    return f"{key}{_where(text, section, rest)}: {words}"


def _where(text: str, section: str, rest: list[str]) -> str:
    if rest and (variable := find_variable(section, rest[0])):
        return f" (from {variable.upper()})"
    line = _find_line(text, section, rest[0] if rest else None)
    return f" (line {line})" if line else ""


def _find_line(text: str, section: str, key: str | None) -> int | None:
    inside = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _SECTION_LINE.match(line):
            if header[1] == section and header[2] == key:
                return number
            inside = "" if header[2] else header[1]
        elif inside == section and key and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", line):
            return number
    return None


def _suggest_section(key: str) -> str:
    homes = [name for name, kind in _SECTIONS.items() if key in {f.name for f in fields(kind)}]
    return f"; did you mean {homes[0]}.{key}?" if homes else ""


def _in_one_message(path: Path, problems: list[str]) -> str:
    if len(problems) == 1:
        return f"{path}: {problems[0]}"
    return "\n  ".join([f"{path} has {len(problems)} problems:", *problems])


def _resolve_paths(settings: Settings, home: Path) -> Settings:
    """Paths in the file are relative to the file, wherever the command is called from."""
    if "?" in str(home):
        raise ConfigError(f"{home}: a store cannot lie in a folder with ? in its name; rename it.")
    ca_file = settings.smtp.ca_file
    if ca_file and not (home / ca_file).is_file():
        raise ConfigError(f"smtp.ca_file: there is no file {home / ca_file}.")
    return replace(
        settings,
        home=home,
        smtp=replace(settings.smtp, ca_file=home / ca_file if ca_file else None),
        store=replace(settings.store, url=_resolve_url(settings.store.url, home)),
    )


def _resolve_url(url: str, home: Path) -> str:
    scheme, separator, place = url.partition(":///")
    if separator and scheme.startswith("sqlite") and place and not place.startswith("/"):
        return f"{scheme}:///{home / place}"
    return url
