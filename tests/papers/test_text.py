"""Whatever a record holds, clean text is one safe line, and a shortened one ends well."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.papers.text import clean, shorten

MAN, ZWJ, WOMAN, GIRL = "\U0001f468", "\u200d", "\U0001f469", "\U0001f467"
FAMILY = ZWJ.join((MAN, WOMAN, GIRL))
GERMANY, FRANCE = "\U0001f1e9\U0001f1ea", "\U0001f1eb\U0001f1f7"

any_text = st.text(st.characters(exclude_categories=[]), max_size=60)
latex = st.lists(
    st.one_of(
        st.sampled_from(list("\\{}^_~`'\"$%-()0123aexN ,.\u200d\u0301\u1fef\u00a0\x00")),
        st.sampled_from(
            ["\\textbf{", "textit{", "\\frac{", "\\'", "\\\\", "\\{", "\\}", "^{", "_{"]
        ),
        st.sampled_from(["times", "sim", "--", "``", "''", "\\cite{", "\\href{", "\\verb|"]),
        st.sampled_from(["\\textbackslash ", "https://a.org/b_c", "\\alpha", "pi", "{,}", "\\c "]),
    ),
    max_size=40,
).map("".join)
every_text = st.one_of(any_text, latex, st.tuples(any_text, latex, any_text).map("".join))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Large\n  Language\t Models ", "Large Language Models"),
        ("a\u00a0b\u2003c\u2028d\u2029e\u3000f\x0bg\x85h", "a b c d e f g h"),
        ("nul\x00 esc\x1b[31m del\x7f c1\x9b", "nul esc[31m del c1"),
        ("\u202eevil\u202c \u2066x\u2069 \u200ea\u200f \u061cb", "evil x a b"),
        (
            "zero\u200bwidth \ufeffbom word\u2060joiner soft\xadhyphen",
            "zerowidth bom wordjoiner softhyphen",
        ),
        (
            "hidden\U000e0041\U000e0042 tags, private \ue000 use, \ufdd0 none\uffff",
            "hidden tags, private use, none",
        ),
        ("half an emoji \ud83d here", "half an emoji \ufffd here"),
        ("both halves \ud83d\ude00", "both halves \U0001f600"),
        ("Cafe\u0301 \u212b", "Café Å"),
        ("next year's \U0001fae8 emoji", "next year's \U0001fae8 emoji"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_cleaning_leaves_one_plain_line(raw: str, expected: str) -> None:
    assert clean(raw) == expected


@pytest.mark.parametrize(
    "text",
    [
        FAMILY,
        "\U0001f468\U0001f3fd\u200d\U0001f4bb and \u2764\ufe0f\u200d\U0001f525",
        "می\u200cخواهم",  # Persian: without its non-joiner the word is misspelt
        "क्\u200dष and क्\u200cष",  # Hindi: each joiner gives the cluster another form
        "ශ්\u200dරී ලංකාව",
        f"{GERMANY}{FRANCE}",
    ],
)
def test_joiners_stay_where_a_script_or_an_emoji_needs_them(text: str) -> None:
    assert clean(text) == text


def test_joiners_that_join_nothing_are_dropped() -> None:
    assert clean("pay\u200dpal a\u200c b\u200d \u200d\u200d漢\u200d字") == "paypal a b 漢字"


@given(every_text)
@example("\\textbackslash{}textbackslash{}textit{x}")
@example("\u1fef\u1fefquoted''")
@example("{{{{a}_{b}}^{c}}~--}")
@example("\ud83d\u200d\ude00")
@settings(deadline=None, max_examples=300)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)

    assert clean(once) == once


@given(every_text)
@settings(deadline=None, max_examples=300)
def test_clean_text_holds_nothing_that_hides_turns_or_breaks_it(text: str) -> None:
    cleaned = clean(text)

    assert {unicodedata.category(character) for character in cleaned}.isdisjoint(
        {"Cc", "Cs", "Co", "Zl", "Zp"}
    )
    bidirectional = {unicodedata.bidirectional(character) for character in cleaned}
    assert bidirectional.isdisjoint({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
    assert not set("\u200b\u200e\u200f\u061c\u2060\ufeff\xad") & set(cleaned)
    assert cleaned == " ".join(cleaned.split())
    assert unicodedata.is_normalized("NFC", cleaned)
    cleaned.encode()


SENTENCES = "First comes this sentence. Then a second one, which goes on for rather longer."


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        (SENTENCES, 100, SENTENCES),
        (SENTENCES, len(SENTENCES), SENTENCES),
        (SENTENCES, 40, "First comes this sentence."),
        (SENTENCES, 26, "First comes this sentence."),
        (SENTENCES, 25, "First comes this…"),
        (SENTENCES, 70, "First comes this sentence. Then a second one, which goes on for…"),
        ("Does it work? Yes, it does in all cases.", 20, "Does it work?"),
        ("It “just works.” Then came the second.", 24, "It “just works.”"),
        ("Models, tools, and more of the same", 15, "Models, tools…"),
        ("它在所有任务上都优于基线。我们还发现更多。", 15, "它在所有任务上都优于基线。"),
        ("它在所有任务上都优于基线并且更快而且更小", 10, "它在所有任务上都优…"),
        ("See https://example.org/a/very/long/address", 20, "See https://example…"),
        ("a", 1, "a"),
        ("ab", 1, "…"),
        ("", 1, ""),
    ],
)
def test_shortened_text_ends_at_a_sentence_or_a_word(text: str, limit: int, expected: str) -> None:
    assert shorten(text, limit) == expected


@pytest.mark.parametrize(
    "start",
    [
        "Some models, e.g.",
        "Some models, i.e.",
        "As shown by Vaswani et al.",
        "We compare small vs.",
        "See the curve in Fig.",
        "It follows from Eqs.",
        "The method of J.",
        "An improvement of 3.5",
        "As was shown in No.",
        "The work of Dr.",
        "All firms in the U.S.",
        "It holds for Yahoo!",
    ],
)
def test_not_every_full_stop_ends_a_sentence(start: str) -> None:
    follows = " 5 and others were" if start.endswith("No.") else " Llama and others were"
    follows = follows.lower() if start.endswith("!") else follows

    shortened = shorten(f"{start}{follows} tried on many tasks.", len(start) + 8)

    assert shortened.endswith("…")


@pytest.mark.parametrize(
    "character",
    [
        FAMILY,
        "\U0001f44d\U0001f3fd",
        "\u2764\ufe0f\u200d\U0001f525",
        "e\u0323\u0302\u0301",
        "क्षि",
        "กำ",
        GERMANY,
        "1\ufe0f\u20e3",
    ],
)
def test_what_is_seen_as_one_character_is_never_cut(character: str) -> None:
    text = character * 12

    for limit in range(1, len(text)):
        kept = shorten(text, limit).removesuffix("…")
        assert kept == character * (len(kept) // len(character))


@given(every_text, st.integers(1, 80))
@settings(deadline=None)
def test_shortened_text_is_a_beginning_within_the_limit(text: str, limit: int) -> None:
    shortened = shorten(text, limit)

    assert len(shortened) <= limit
    assert shortened == text or text.startswith(shortened.removesuffix("…"))


@given(every_text, st.integers(1, 80))
@settings(deadline=None)
def test_shortened_clean_text_is_clean_of_blanks_and_broken_characters(
    text: str, limit: int
) -> None:
    shortened = shorten(clean(text), limit)

    assert shortened == " ".join(shortened.split())
    shortened.encode()


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_without_room_is_a_mistake(limit: int) -> None:
    with pytest.raises(ValueError, match=f"to {limit} characters"):
        shorten("text", limit)
