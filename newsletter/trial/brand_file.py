"""Brand tokens saved into config.toml, whose comments and order stay."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from newsletter import revision
from newsletter.config import find_variable, parse_settings
from newsletter.errors import ConfigError
from newsletter.trial.overlay import as_item

#: Some editors put it first, and TOML does not know it.
_MARK = "\ufeff"


def save_brand(config: Path, changes: Mapping[str, Any], *, seen: str) -> None:
    """Write tokens into the file's `[brand]`; everything else stays as it stands there.

    Args:
        changes: values by token, as `try_on` read them.
        seen: the mark of the file's revision that they were tried on.

    Raises:
        ConfigError: a token is set by the environment, or the file would be wrong with
            these values; it stays as it was.
        UsageError: the file was changed meanwhile, or cannot be written.
    """
    for token in changes:
        if variable := find_variable("brand", token):
            raise ConfigError(
                f"brand.{token} is set by {variable}, which wins over {config}; change it there."
            )
    text = revision.read(config).text
    new = _put(config, text, changes)
    parse_settings(config, new.removeprefix(_MARK))
    revision.write(config, new, seen=seen)


def _put(config: Path, text: str, changes: Mapping[str, Any]) -> str:
    try:
        document = tomlkit.parse(text.removeprefix(_MARK))
    except TOMLKitError as error:
        raise ConfigError(f"{config} is not valid TOML: {error}") from error
    if "brand" not in document:
        document["brand"] = tomlkit.table()
    brand: Any = document["brand"]
    for token, value in changes.items():
        _set(brand, token, as_item(value))
    return (_MARK if text.startswith(_MARK) else "") + tomlkit.dumps(document)


def _set(section: Any, key: str, value: Any) -> None:
    keys = list(section)
    if key not in section and keys and isinstance(section, Table):
        # Not behind the last line of the section: that is often the next one's comment.
        section.value._insert_after(keys[-1], key, value)
    else:
        section[key] = value
