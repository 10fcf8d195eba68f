"""What a preview lets one try: days, made-up days, templates, brands, an editor's word, readers."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

from newsletter.trial.samples import SETS
from previews import Preview, await_email, await_shown, await_that, in_email

#: Opens a view in a tab.
Show = Callable[..., Any]
DAY = "2026-08-14"
TITLES = "email => [...email.querySelectorAll('h2')].map(one => one.innerText)"
LINK = "email => getComputedStyle(email.querySelector('h2 a, h1 a, a')).color"


def test_the_month_shows_what_each_day_has_and_a_click_goes_there(show: Show) -> None:
    page = show("?panel=try")
    await_email(page, "Friday, 14 August 2026")

    page.click("#day-2026-08-12")

    await_email(page, "Wednesday, 12 August 2026")
    assert "papers 22 papers" in page.inner_text("#day-2026-08-12")
    assert "quiet" in page.inner_text("#day-2026-08-15")
    assert page.get_attribute("#day-2026-08-12", "aria-current") == "true"
    page.click("#month-before")
    page.wait_for_selector("#day-2026-07-01")
    page.go_back()
    page.wait_for_selector("#day-2026-08-01")


def test_a_quiet_day_says_that_nothing_is_sent(show: Show) -> None:
    page = show("?panel=try")

    page.click("#day-2026-08-15")

    page.wait_for_selector(".quiet h1")
    assert "No papers were listed on 2026-08-15" in page.inner_text("section.quiet")


def test_templates_are_tried_one_after_the_other(show: Show) -> None:
    page = show("?panel=try")
    names = page.locator(".pills a").all_inner_texts()

    page.click("#template-compact")
    page.wait_for_url("**template=compact**")
    await_shown(page)

    assert names == ["compact", "digest", "spotlight"]
    assert page.get_attribute("#template-compact", "aria-current") == "true"


def test_sample_sets_show_what_they_promise(show: Show) -> None:
    page = show("?panel=try")
    shown = {}

    for name in ("one", "busy", "votes", "pictures", "long"):
        page.click(f"#set-{name}")
        page.wait_for_selector(f"#set-{name}[aria-current]")
        shown[name] = len(in_email(page, TITLES))

    assert shown == {"one": 1, "busy": 78, "votes": 12, "pictures": 12, "long": 8}


def test_every_set_is_offered_and_dropped_again(show: Show) -> None:
    page = show("?panel=try&sample=quiet")

    assert page.locator(".cards a[id^=set-]").count() == len(SETS) == 8
    page.wait_for_selector(".quiet h1")
    page.click("#drop-sample")

    await_email(page, "25 papers")
    assert "sample" not in page.url


def test_a_set_from_the_right_turns_the_whole_email(show: Show) -> None:
    page = show("?sample=rtl")

    side = "email => getComputedStyle(email.querySelector('.sheet')).direction"
    assert in_email(page, side) == "rtl"


def test_the_hostile_set_does_nothing_in_the_frame_nor_around_it(show: Show) -> None:
    page = show()
    await_shown(page)
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))

    for panel in ("checks", "ranking", "try"):
        page.goto(page.url.partition("?")[0] + f"?sample=hostile&panel={panel}")
        await_email(page, "<script>document.title='owned'</script>")
    page.goto(page.url.partition("?")[0] + "?sample=hostile&show=inbox")
    page.wait_for_selector(".entry")

    assert said == []
    assert "owned" not in page.title()
    assert page.evaluate("document.scripts.length") == 1
    page.goto(page.url.partition("?")[0] + "?sample=hostile")
    assert in_email(page, "email => email.querySelectorAll('script, svg, [onerror]').length") == 0
    assert in_email(page, "email => email.title") != "owned"


def test_a_token_is_seen_while_it_is_typed_and_written_nowhere(
    show: Show, preview: Preview
) -> None:
    before = (preview.home / "config.toml").read_bytes()
    page = show("?panel=brand")
    await_shown(page)

    page.fill("#brand-accent", "#0055aa")

    await_that(
        page,
        "getComputedStyle(document.querySelector('#email').contentDocument"
        ".querySelector('a')).color === 'rgb(0, 85, 170)'",
    )
    assert page.evaluate("document.activeElement.id") == "brand-accent"
    assert page.inner_text("#toml").strip() == '[brand]\naccent = "#0055aa"'
    assert page.url.endswith("?brand.accent=%230055aa&panel=brand")
    assert (preview.home / "config.toml").read_bytes() == before
    page.click("#forget")
    page.wait_for_url("**/?panel=brand")


def test_a_swatch_and_its_field_follow_each_other(show: Show) -> None:
    page = show("?panel=brand")

    page.fill("#pick-dark_accent", "#ffcc00")
    page.wait_for_selector("#toml")

    assert page.input_value("#brand-dark_accent") == "#ffcc00"
    assert 'dark_accent = "#ffcc00"' in page.inner_text("#toml")


def test_what_config_would_refuse_is_told_beside_the_token(show: Show) -> None:
    page = show("?panel=brand")
    await_shown(page)

    page.fill("#brand-accent", "crimson")
    page.wait_for_selector("#problem-accent:not(:empty)")
    page.fill("#brand-paper", "#777777")
    page.wait_for_selector("#problem-paper:not(:empty)")

    assert "six hexadecimal digits" in page.inner_text("#problem-accent")
    assert "neither light nor dark" in page.inner_text("#problem-paper")
    assert page.get_attribute("#brand-accent", "aria-invalid") == "true"
    assert page.locator("#toml").count() == 0


def test_tokens_are_saved_among_the_comments_and_the_email_keeps_them(
    show: Show, restored: Preview
) -> None:
    page = show("?panel=brand&template=compact")
    await_shown(page)
    page.fill("#brand-accent", "#0055aa")
    page.wait_for_selector("#toml:has-text('0055aa')")

    page.click("#save-brand")
    page.wait_for_selector("#said-brand p")

    text = (restored.home / "config.toml").read_text()
    brand = tomllib.loads(text)["brand"]
    assert page.inner_text("#said-brand") == "Saved 2 tokens into config.toml."
    assert (brand["accent"], brand["template"]) == ("#0055aa", "compact")
    assert "# links and the vote mark" in text
    assert page.url.endswith("/?panel=brand")
    await_shown(page)
    assert in_email(page, LINK) == "rgb(0, 85, 170)"


def test_a_config_that_changed_meanwhile_is_not_saved_over(show: Show, restored: Preview) -> None:
    page = show("?panel=brand&brand.accent=%230055aa")
    page.wait_for_selector("#toml")
    # As when the page was shown before the file was saved elsewhere.
    page.evaluate("document.querySelector('.keep [name=seen]').value = 'another'")

    page.click("#save-brand")
    page.wait_for_selector("#said-brand .failed")

    assert "was changed meanwhile" in page.inner_text("#said-brand")
    assert "#0055aa" not in (restored.home / "config.toml").read_text()


def test_the_toml_is_copied(show: Show) -> None:
    page = show("?panel=brand&brand.corners=12")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    page.click("#copy-toml")
    page.wait_for_selector("#copy-toml:has-text('Copied')")

    assert page.evaluate("navigator.clipboard.readText()").strip() == "[brand]\ncorners = 12"


def test_note_and_subject_are_saved_and_seen(show: Show, restored: Preview) -> None:
    page = show("?panel=edit")
    await_shown(page)

    page.fill("#edit-note", "Good **morning**.\n\n> Quoted")
    page.fill("#edit-subject", "By hand")
    page.click("#words button")
    page.wait_for_selector("#said-words p")

    await_email(page, "Good morning.")
    assert page.inner_text(".envelope h1") == "By hand"
    file = restored.home / "editions" / f"{DAY}.toml"
    assert tomllib.loads(file.read_text())["note"] == "Good **morning**.\n\n> Quoted\n"


def test_words_that_cannot_be_saved_are_told_and_not_lost(show: Show, restored: Preview) -> None:
    page = show("?panel=edit")

    page.fill("#edit-note", "Kept.")
    page.evaluate("document.querySelector('#words [name=seen]').value = 'another'")
    page.click("#words button")
    page.wait_for_selector("#said-words .failed")

    assert "was changed meanwhile" in page.inner_text("#said-words")
    assert page.input_value("#edit-note") == "Kept."
    assert not (restored.home / "editions" / f"{DAY}.toml").exists()


def test_papers_are_led_with_pinned_moved_and_left_out(show: Show, restored: Preview) -> None:
    page = show("?panel=ranking")
    await_shown(page)
    keys = [
        page.locator(f"#paper-{at} [name=paper]").get_attribute("value") for at in (4, 30, 31, 1)
    ]
    lead, one, other, out = keys

    for way, key in (("lead", lead), ("pin", one), ("pin", other), ("skip", out)):
        page.click(f"[id='{way}-{key}']")
        page.wait_for_selector(f"[id='{way}-{key}'][aria-pressed=true]")
    page.click("#panel-edit")
    page.click(f"[id='up-{other}']")
    page.wait_for_selector(f".picked li:first-child [id='none-{other}']")

    file = tomllib.loads((restored.home / "editions" / f"{DAY}.toml").read_text())
    assert (file["lead"], file["pin"], file["skip"]) == (lead, [other, one], [out])
    page.click("#panel-ranking")
    page.wait_for_selector("#paper-1")
    placed = page.locator(".candidate.in [name=paper]").evaluate_all(
        "fields => fields.slice(0, 3).map(one => one.value)"
    )
    assert placed == [lead, other, one]
    page.click(f"[id='lead-{lead}']")
    page.wait_for_selector(f"[id='lead-{lead}'][aria-pressed=false]")


def test_a_sample_set_has_no_editors_word(show: Show) -> None:
    page = show("?panel=edit&sample=one")

    page.click("#real-day")

    page.wait_for_selector("#edit-note")


def test_a_reader_is_looked_for_and_sees_their_own_email(show: Show, preview: Preview) -> None:
    page = show("?panel=try&show=headers")

    page.fill("#seek", "tanaka")
    page.wait_for_url("**seek=tanaka**")
    page.wait_for_selector("#found li:only-child a")
    page.click("#found a")
    page.wait_for_selector("#drop-reader")

    assert page.inner_text("#drop-reader").startswith("As Kenji Tanaka")
    assert "kenji.tanaka+papers@example.org" in page.inner_text(".heads")
    assert not list(preview.home.rglob("*.db"))
    page.click("#show-email")
    await_email(page, "kenji.tanaka+papers@example.org")


def test_no_get_changes_anything(show: Show, preview: Preview) -> None:
    page = show()
    before = sorted(path for path in preview.home.rglob("*") if path.is_file())

    answers = [
        page.request.get(preview.address + f"do/{name}?paper=x&way=lead&to=a@example.org").status
        for name in ("words", "pick", "brand", "test", "spam")
    ]
    stranger = page.request.post(
        preview.address + "do/pick",
        headers={"Origin": "https://evil.example"},
        form={"paper": "x", "way": "skip"},
    )

    assert set(answers) == {405}
    assert stranger.status == 403
    assert sorted(path for path in preview.home.rglob("*") if path.is_file()) == before
