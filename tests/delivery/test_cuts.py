"""A connection that ends after any number of bytes: nobody is lost, nobody gets it twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from delivery.proxy import Proxy
from delivery.sending import SECOND, deliver, make_settings, names, publish, statuses
from delivery.sink import Sink, offers_of

from newsletter.model import Status
from newsletter.store import open_store

READERS = 3
#: A little less than what passes in a whole session of so many readers.
SESSION = 1250


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("after", range(1, SESSION, 43))
def test_a_cut_after_any_number_of_bytes_leaves_the_ledger_true(
    tmp_path: Path, after: int, together: bool
) -> None:
    url = f"sqlite:///{tmp_path / 'newsletter.db'}"
    with open_store(url) as store, Sink(offers=offers_of(together)) as sink:
        publish(store, names(READERS))
        with Proxy(sink.port, after, resets=after % 2 == 0) as proxy:
            settings = make_settings(
                proxy.port, connections=1, in_doubt="hold", patience=20, command_timeout=SECOND * 5,
                data_timeout=SECOND * 5, dot_timeout=SECOND * 5,
            )  # fmt: skip
            done = deliver(store, settings)
        found = statuses(store)

    taken = Counter(sink.accepted)
    assert proxy.has_cut
    assert max(taken.values()) == 1
    assert len(done.doubtful) <= 1
    for name, status in found.items():
        assert status is (Status.IN_DOUBT if name in done.doubtful else Status.SENT)
        assert taken[name] == 1 or status is Status.IN_DOUBT
