"""What a source is called where people may read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sources import hide_secrets, is_live, name_of, read_sources


@pytest.mark.parametrize(
    ("place", "shown", "name"),
    [
        ("huggingface", "huggingface", "huggingface"),
        ("arxiv:cs.CL AND abs:a", "arxiv:cs.CL AND abs:a", "arxiv:cs.CL AND abs:a"),
        ("data/2026-08-1?.csv", "data/2026-08-1?.csv", "2026-08-1?.csv"),
        ("https://a.org/x.rss", "https://a.org/x.rss", "a.org"),
        ("https://a.org:81/@b/feed", "https://a.org:81/@b/feed", "a.org:81"),
        ("https://[::1]:81/x", "https://[::1]:81/x", "[::1]:81"),
        ("https://me:pw@a.org/x", "https://a.org/x", "a.org"),
        ("HTTP://me:p@w@a.org", "HTTP://a.org", "a.org"),
        ("feed:https://me:pw@a.org/x?key=pw", "feed:https://a.org/x?…", "a.org"),
        ("feed:me:pw@a.org/x?pw", "feed:a.org/x?…", "a.org"),
        ("https://a.org/?limit=9&token=pw#pw", "https://a.org/?limit=9&…", "a.org"),
        ("https://me:pw/1@a.org/", "https://…", "an address"),
        ("ftp://me:pw@a.org/x", "ftp://a.org/x", "a.org"),
    ],
)
def test_a_source_is_shown_without_what_may_be_secret(place: str, shown: str, name: str) -> None:
    assert (hide_secrets(place), name_of(place)) == (shown, name)


@given(
    st.sampled_from(["https", "HTTP", "feed:http"]),
    st.text(st.characters(exclude_characters="/?#"), max_size=9),
    st.text(st.characters(exclude_characters="#&="), max_size=9),
)
def test_no_user_and_no_value_is_ever_shown(scheme: str, user: str, value: str) -> None:
    place = f"{scheme}://{user}§:§@a.org/x?key=§{value}#§"

    assert "§" not in hide_secrets(place) + name_of(place)


def test_the_scheme_may_be_written_in_capitals() -> None:
    assert is_live("HTTPS://a.org/x")
    assert not is_live("huggingface.json")


@pytest.mark.parametrize(
    "place", ["ftp://me:pw@a.org/x", "htps://me:pw@a.org/x", "feed:me:pw@a.org/x"]
)
@pytest.mark.parametrize("given", [lambda place: place, lambda place: [{"at": place}]])
def test_an_address_that_cannot_be_asked_is_refused(place: str, given: object) -> None:
    with pytest.raises(ValueError, match=r"'\w+:(//)?a.org/x' is no address that starts"):
        read_sources(given(place))  # type: ignore[operator]
