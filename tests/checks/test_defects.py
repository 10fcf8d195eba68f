"""Every check speaks of its defect in an otherwise sound issue, and of nothing else there."""

from __future__ import annotations

from base64 import b64encode

import pytest
from checks.defects import change, find, put, read, sound_issue, whats

from newsletter.checks.checklist import look_over
from newsletter.checks.findings import Level

FAINT = (
    "<style>@media (prefers-color-scheme: dark) { .faint { color: #000000 !important; } }</style>"
    "<p class='faint' style='color:#888888;background:#ffffff'>Some faint words</p>"
)
DARK = (
    "<style>@media (prefers-color-scheme: dark) {{ .late {{ color: {} !important; }} }}</style>"
    "<p class='late' style='color:#000000;background:#ffffff'>Late words</p>"
)
PICTURE = '<img src="https://a.example/{}" alt="A curve" width="40">'


def test_a_sound_issue_has_nothing_but_notes() -> None:
    findings = look_over(read(sound_issue()))

    assert {finding.level for finding in findings} == {Level.NOTE}
    assert {finding.check for finding in findings} == {"size", "clients"}


@pytest.mark.parametrize(
    ("check", "defect", "said", "harmless"),
    [
        ("links", "<a>word</a>", "leads nowhere", "<a name='top'>word</a>"),
        ("links", "<a href=''>word</a>", "leads nowhere", "<a href='#top'>word</a>"),
        ("links", "<a href='https://a b/'>word</a>", "address is none", ""),
        ("links", "<a href='https://a.example:x/'>word</a>", "address is none", ""),
        ("links", "<a href='https:///path'>word</a>", "address is none", ""),
        ("links", "<a href='javascript:go()'>word</a>", "do not follow", ""),
        ("links", "<a href='/about'>word</a>", "has no host", ""),
        ("links", "<a href='http://localhost/x'>word</a>", "cannot reach", ""),
        ("links", "<a href='https://192.168.1.4/x'>word</a>", "cannot reach", ""),
        (
            "links",
            "<a href='http://a.example'>word</a>",
            "uses http",
            "<a href='https://a.example'>word</a>",
        ),
        ("links", "<a href='https://a.example'> </a>", "no words", ""),
        ("links", "<a href='mailto:'>word</a>", "leads nowhere", "<a href='mailto:a@b.c'>word</a>"),
        ("images", "<img src='https://a.example/x.png' width='4'>", "no alt", PICTURE),
        (
            "images",
            "<a href='https://a.example'><img src='https://a.example/x.png' alt='' width='4'></a>",
            "picture alone",
            "<img src='https://a.example/x.png' alt='' width='4'>",
        ),
        ("images", PICTURE.replace("A curve", "fig-1.png"), "name of its file", PICTURE),
        ("images", PICTURE.replace("40", "100%"), "no width", PICTURE),
        ("images", PICTURE.replace("https:", "http:"), "every reader can load", PICTURE),
        ("images", "<img alt='A curve' width='4'>", "every reader can load", PICTURE),
        ("images", PICTURE.format("x.webp?w=4"), "WebP", PICTURE.format("x.png?as=.webp")),
        ("images", PICTURE.format("x.avif"), "AVIF", PICTURE.format("x.jpg")),
        ("images", PICTURE.format("x.SVG"), "SVG", PICTURE.format("x.gif")),
        (
            "images",
            "<img src='data:image/png,aaaa' alt='A curve' width='4'>",
            "data:",
            "<img src='cid:logo@a.example' alt='A curve' width='4'>",
        ),
        (
            "clients",
            "<p style='box-shadow:0 0 4px #000000'>Words</p>",
            "box-shadow is not in Gmail",
            "<p style='border-bottom:1px solid #000000'>Words</p>",
        ),
        ("clients", "<style>.x:hover { color: red; }</style>", ":hover", ""),
        ("clients", "<style>@font-face { src: url(x) }</style>", "@font-face", ""),
        ("clients", "<p style='display:flex'>Words</p>", "display:flex", "<p>Words</p>"),
        ("clients", "<p style='width:calc(1px + 2px)'>Words</p>", "calc()", ""),
        (
            "clients",
            "<p style='margin:2vw'>Words</p>",
            "vw unit",
            "<p style='margin:2px'>Words</p>",
        ),
        ("clients", "<video></video>", "<video>", ""),
        (
            "contrast",
            FAINT,
            "In the light, #888888 on #ffffff",
            FAINT.replace("#888888", "#444444"),
        ),
        ("contrast", DARK.format("#eeeeee"), "In the dark, #eeeeee", DARK.format("#333333")),
        ("headings", "<h1>Again</h1>", "more than one h1", "<h2>Again</h2>"),
        ("headings", "<h4>Deep</h4>", "leaves a level out", "<h3>Deep</h3>"),
        ("headings", "<h2> </h2>", "no words", "<h2 hidden> </h2>"),
        ("headings", "<h2><img alt=''></h2>", "no words", "<h2><img alt='Papers'></h2>"),
        ("language", "<p>مرحبا بكم</p>", "the other way", "<p dir='auto'>مرحبا بكم</p>"),
        ("mjml", "<mj-foo>Words</mj-foo>", "does not know <mj-foo>", "<div>Words</div>"),
        ("slots", "<p>Dear {{ name }}</p>", "{{ name }} was not", "<p>Dear { name }</p>"),
        ("slots", "<a href='https://a.example/%7B%7Bx%7D%7D'>w</a>", "{{x}} was not", ""),
        ("slots", "<p>{% if x %}</p>", "was not filled in", "<p>{ 3% }</p>"),
    ],
)
def test_a_defect_is_told_and_its_harmless_sibling_is_not(
    check: str, defect: str, said: str, harmless: str
) -> None:
    (told,) = whats(put(sound_issue(), defect), check)

    assert said in told
    assert not whats(put(sound_issue(), harmless), check)


@pytest.mark.parametrize(
    ("check", "old", "new", "said"),
    [
        ("headings", "<title>", "<title hidden></title><title>", "no <title>"),
        ("headings", "h1", "p", "There is no h1"),
        ("language", ' lang="en"', "", "does not say its language"),
        ("language", ' lang="en"', ' lang="de"', "newsletter.language says 'en'"),
        ("language", ' lang="en"', ' lang="English"', "no language tag"),
    ],
)
def test_a_defect_of_the_whole_is_told(check: str, old: str, new: str, said: str) -> None:
    assert any(said in what for what in whats(change(sound_issue(), old, new), check))


def test_hidden_things_are_not_judged() -> None:
    hidden = f"<div style='display:none'><a>x</a><img src='x.webp'><h1>y</h1>{FAINT}</div>"

    for check in ("links", "images", "headings", "contrast"):
        assert not whats(put(sound_issue(), hidden), check)


def test_a_fault_in_many_places_is_one_finding() -> None:
    faulty = put(sound_issue(), "<a href='http://a.example/1'>one</a>" * 4)

    (finding,) = find(faulty, "links")

    assert len(finding.where) == 4


def test_without_dark_colours_a_note_says_so() -> None:
    plain = change(sound_issue(), "prefers-color-scheme", "prefers-nothing")

    (finding,) = find(plain, "contrast")

    assert finding.level is Level.NOTE
    assert "no dark colours" in finding.what


def test_the_dark_is_not_the_light() -> None:
    both = DARK.format("#eeeeee").replace("background:#ffffff", "background:#000000")

    assert {what.partition(",")[0] for what in whats(put(sound_issue(), both), "contrast")} == {
        "In the light"
    }


def test_clients_that_lack_what_the_templates_need_are_named_with_what_readers_get() -> None:
    (note,) = find(sound_issue(), "clients")

    assert any("@media" in str(place) and "Outlook" in str(place) for place in note.where)


@pytest.mark.parametrize(("kind", "notes"), [(2, 0), (4, 1), (6, 1)])
def test_a_transparent_picture_without_a_twin_for_the_dark_is_noted(kind: int, notes: int) -> None:
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\4\0\0\0\4\x08" + bytes([kind])
    image = f'<img alt="A logo" width="4" src="data:image/png;base64,{b64encode(png).decode()}">'
    hidden = image.replace("<img", '<img class="day"')
    dark = "<style>@media (prefers-color-scheme:dark){.day{display:none !important}}</style>"

    assert len(whats(put(sound_issue(), image), "images")) == notes
    assert not whats(put(sound_issue(), dark + hidden), "images")


def test_a_picture_of_our_own_goes_out_as_a_part_of_the_mail() -> None:
    embedded = '<img alt="A logo" width="4" src="data:image/png;base64,aaaa">'

    assert not whats(put(sound_issue(), embedded), "images")
