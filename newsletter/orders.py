"""What is said between a sender process and the one that started it: a line of JSON each.

Down, on the sender's standard input: its orders, then `stop` as often as somebody asks for
it; the end of input asks, too. Up, on its standard output: what it has done so far, what it
would log, and at last how it ended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from newsletter.delivery.progress import Dispatched
from newsletter.limits import Limit
from newsletter.model import Pause
from newsletter.settings import Delivery, Settings, Smtp, StoreSection, Web

#: What a wish to stop looks like.
STOP = b"stop\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a sender ended: with what it did, or with an error."""

    done: Dispatched
    #: The name of one of `newsletter.errors`, or "" where all went well.
    error: str = ""
    message: str = ""


def write_orders(settings: Settings, *, level: int) -> str:
    """What a sender needs of the settings, secrets among it: not for a command line.

    Args:
        settings: of the relay, of delivery, the store's URL and the key that signs links.
        level: the least that is to be logged.
    """
    smtp, delivery = asdict(settings.smtp), asdict(settings.delivery)
    del delivery["quiet_hours"], delivery["latest"]  # are the business of who started it
    orders = {
        "smtp": {**smtp, "ca_file": str(smtp["ca_file"] or "")},
        "delivery": delivery,
        "store": settings.store.url,
        "signing_key": settings.web.signing_key,
        "level": level,
    }
    return json.dumps(orders, default=timedelta.total_seconds)


def read_orders(line: str) -> tuple[Settings, int]:
    """What `write_orders` wrote: the settings, and the least that is to be logged."""
    orders = json.loads(line)
    smtp = _read_section(Smtp(), orders["smtp"])
    settings = Settings(
        smtp=replace(
            smtp,
            ca_file=Path(smtp.ca_file) if smtp.ca_file else None,
            domains={domain: Limit(**limit) for domain, limit in smtp.domains.items()},
        ),
        delivery=_read_section(Delivery(), orders["delivery"]),
        store=StoreSection(url=orders["store"]),
        web=Web(signing_key=orders["signing_key"]),
    )
    return settings, orders["level"]


def _read_section(default: Any, values: Mapping[str, Any]) -> Any:
    read = {
        name: timedelta(seconds=value) if isinstance(getattr(default, name), timedelta) else value
        for name, value in values.items()
    }
    return replace(default, **read)


def write_done(done: Dispatched) -> str:
    """What a sender has done so far."""
    return json.dumps({"done": _dump(done)})


def write_record(record: Mapping[str, Any]) -> str:
    """The attributes of what a sender would log."""
    return json.dumps({"record": record}, default=str)


def write_end(ended: Ended) -> str:
    """The last word."""
    return json.dumps(
        {"end": {"done": _dump(ended.done), "error": ended.error, "message": ended.message}}
    )


def read_told(line: str) -> Dispatched | dict[str, Any] | Ended:
    """What a sender told: what it has done, a record for the log, or its end."""
    told = json.loads(line)
    if "record" in told:
        record: dict[str, Any] = told["record"]
        return record
    if "done" in told:
        return _load(told["done"])
    return Ended(**{**told["end"], "done": _load(told["end"]["done"])})


def _dump(done: Dispatched) -> dict[str, Any]:
    pause = done.pause and [done.pause.reason, done.pause.since.isoformat()]
    of = {name: _dump_days(getattr(done, name)) for name in ("sent_of", "failed_of")}
    return {**asdict(replace(done, pause=None)), **of, "pause": pause}


def _dump_days(counts: Mapping[date, int]) -> dict[str, int]:
    return {day.isoformat(): count for day, count in counts.items()}


def _load(values: dict[str, Any]) -> Dispatched:
    reason, since = values["pause"] or ("", "")
    of = {
        name: {date.fromisoformat(day): count for day, count in values[name].items()}
        for name in ("sent_of", "failed_of")
    }
    pause = Pause(reason=reason, since=datetime.fromisoformat(since)) if since else None
    return Dispatched(**{**values, **of, "doubtful": tuple(values["doubtful"]), "pause": pause})
