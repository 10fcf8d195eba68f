"""The traps of mrml and premailer, each of which was stepped into by someone."""

from __future__ import annotations

import socket
import threading

import lxml.html
import pytest

from newsletter.rendering.attributes import attribute
from newsletter.rendering.inlining import inline
from newsletter.rendering.mjml import MjmlError, to_html


def convert(inside: str, head: str = "") -> str:
    source = (
        f"<mjml><mj-head>{head}</mj-head><mj-body><mj-section><mj-column>"
        f"{inside}</mj-column></mj-section></mj-body></mjml>"
    )
    return to_html(source)


def test_no_fonts_are_fetched_from_elsewhere() -> None:
    assert "googleapis" not in convert('<mj-text font-family="Roboto">x</mj-text>')


def test_the_doctype_survives_premailer() -> None:
    assert inline(convert("<mj-text>x</mj-text>"), "").startswith("<!DOCTYPE html>")


def test_every_layout_table_has_its_role() -> None:
    html = convert("<mj-table><tr><td>x</td></tr></mj-table><mj-text>y</mj-text>")

    tables = lxml.html.document_fromstring(html).iter("table")
    assert {table.get("role") for table in tables} == {"presentation"}


@pytest.mark.parametrize(
    "character", ["\\", "\xa0", "\u200d", "\ufe0f", "\u0301", "\u2028", "`", '"']
)
def test_attributes_are_not_printed_in_the_notation_of_rust(character: str) -> None:
    html = convert(f'<mj-table><tr><td title="a{attribute(character)}b">x</td></tr></mj-table>')

    cells = lxml.html.document_fromstring(html).iter("td")
    (title,) = (cell.get("title") for cell in cells if "title" in cell.attrib)
    kept = "".join(character.split())
    assert title in (f"a{character}b", f"a{kept}b", "á" + "b")


def test_comments_between_the_rows_of_a_table_survive_both() -> None:
    rows = (
        "<!--n1 a full--><tr><td>x</td></tr><!--n1--><!--n1 b full--><tr><td>y</td></tr><!--n1-->"
    )

    html = inline(convert(f"<mj-table>{rows}</mj-table>"), "td { color: red }")

    styled = rows.replace("<td>", '<td style="color:red">')
    assert styled in html


@pytest.mark.parametrize(
    "kept",
    [
        "@media (max-width:480px) { .a { color: red !important } }",
        "[data-ogsc] .a { color: red !important; }",
        ".a:hover { color: red; }",
        "@import url(http://127.0.0.1:9/x.css);",
    ],
)
def test_a_style_element_is_left_as_it_is(kept: str) -> None:
    html = inline(convert("<mj-text>x</mj-text>", f"<mj-style>{kept}</mj-style>"), "")

    assert kept in html
    assert "data-premailer" not in html


def test_what_mjml_resets_is_not_written_onto_every_element() -> None:
    html = inline(convert("<mj-text><p>x</p></mj-text>"), "p { color: red }")

    assert '<p style="color:red">x</p>' in html


def test_an_important_rule_stays_important() -> None:
    html = inline(convert("<mj-text><p>x</p></mj-text>"), "p { color: red !important }")

    assert '<p style="color:red !important">x</p>' in html


def test_comments_for_outlook_survive() -> None:
    assert "<!--[if mso | IE]>" in inline(convert("<mj-text>x</mj-text>"), "")


def test_a_slot_in_a_link_is_not_encoded() -> None:
    html = inline(convert('<mj-text><a href="n0f1unsubscribe_urln0f1">x</a></mj-text>'), "")

    assert 'href="n0f1unsubscribe_urln0f1"' in html


def test_spaces_between_words_in_elements_survive() -> None:
    html = inline(convert("<mj-table><tr><td><b>a</b> <i>b</i> c</td></tr></mj-table>"), "")

    assert "<td><b>a</b> <i>b</i> c</td>" in html


def test_a_line_break_between_elements_is_dropped() -> None:
    """So that rows may be indented; it also eats a space that words may need."""
    html = convert("<mj-table>\n<tr>\n<td><b>a</b>\n<i>b</i></td>\n</tr>\n</mj-table>")

    assert "<tr><td><b>a</b><i>b</i></td></tr>" in html


def test_nothing_is_fetched_while_inlining() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.css"
        called = threading.Event()
        threading.Thread(target=lambda: wait_for_call(server, called), daemon=True).start()
        style = f"<mj-style>@import url({address});</mj-style>"
        link = f'<mj-raw><link rel="stylesheet" href="{address}"/></mj-raw>'
        inline(convert("<mj-text>x</mj-text>", style + link), "p { color: red }")

        assert not called.wait(0.2)


def wait_for_call(server: socket.socket, called: threading.Event) -> None:
    try:
        server.accept()[0].close()
    except OSError:
        return
    called.set()


@pytest.mark.parametrize(
    "inside",
    [
        "<mj-text>a < b</mj-text>",
        "<mj-text>\x01</mj-text>",
        "<mj-text align=left>x</mj-text>",
        "<mj-text>x",
        "<mj-text><br></mj-text>",
    ],
)
def test_what_is_not_well_formed_is_refused_in_words(inside: str) -> None:
    with pytest.raises(MjmlError, match=r"^\w+") as caught:
        convert(inside)

    assert caught.value.fault.line == 1


@pytest.mark.parametrize(
    ("css", "style"),
    [
        (".here, .gone { color: red }", "color:red"),
        (".here.gone, .gone .here { color: red } .here { color: blue }", "color:blue"),
        ("/* .here { color: red } */ p { color: blue }", "color:blue"),
        ("p:not(.gone, .lost) { color: red }", None),
        (".gone { color: red }", ""),
    ],
)
def test_rules_are_inlined_whether_or_not_others_select_nothing(
    css: str, style: str | None
) -> None:
    html = inline(convert('<mj-text><p class="here">x</p></mj-text>'), css)

    (found,) = lxml.html.document_fromstring(html).iter("p")
    assert style is None or found.get("style", "") == style
