"""What an editor's names of papers come to."""

from __future__ import annotations

import pytest

import make
from newsletter.errors import UsageError
from newsletter.model import Steering
from newsletter.steering import fold_name, is_same, resolve

POOL = [make.paper("2608.00001"), make.paper("2608.00002"), make.paper("title:ab12", id=None)]


def settle(steering: Steering, *featured: str, maximum: int = 25) -> Steering:
    return resolve(
        steering, POOL, dict.fromkeys(featured, make.DAY), maximum=maximum, origin="day.toml"
    )


@pytest.mark.parametrize(
    "name",
    [
        "2608.00001",
        " 2608.00001 ",
        "2608.00001v3",
        "arXiv:2608.00001",
        "https://arxiv.org/pdf/2608.00001v2",
        "https://huggingface.co/papers/2608.00001#community",
    ],
)
def test_a_paper_is_found_however_its_id_is_written(name: str) -> None:
    found = settle(Steering(lead=name, skip=("title:ab12",)))

    assert found == Steering(lead="2608.00001", skip=("title:ab12",))
    assert is_same(found, Steering(lead=name, skip=("title:ab12",)))


@pytest.mark.parametrize(
    "key",
    [
        "10.1145/3292500.3330701",
        "lab-2026.12345-a",
        "2608.00001.pdf",
        "title-2608.00001",
        "hep-th/9901001",
    ],
)
def test_an_id_that_only_holds_what_looks_like_arxiv_s_is_its_own(key: str) -> None:
    assert fold_name(key) == key
    found = resolve(Steering(pin=(key,)), [make.paper(key)], {}, maximum=25, origin="day.toml")
    assert found.pin == (key,)


@pytest.mark.parametrize(
    "name",
    ["hep-th/9901001v2", "https://arxiv.org/abs/hep-th/9901001v2", "10.48550/arXiv.hep-th/9901001"],
)
def test_an_arxiv_id_of_before_2007_is_folded_too(name: str) -> None:
    assert fold_name(name) == "hep-th/9901001"


@pytest.mark.parametrize("key", ["lead", "pin", "skip"])
def test_a_paper_that_is_not_there_is_named_with_its_key(key: str) -> None:
    steering = Steering(**{key: "2608.9" if key == "lead" else ("2608.00002", "2608.9")})  # type: ignore[arg-type]

    with pytest.raises(UsageError, match=rf"^day\.toml: {key}: there is no paper 2608\.9 in"):
        settle(steering)


def test_a_paper_that_was_featured_cannot_be_picked_but_left_out() -> None:
    with pytest.raises(UsageError, match=r"2608\.00002 was featured on 2026-08-14"):
        settle(Steering(pin=("2608.00002",)), "2608.00002")

    assert settle(Steering(skip=("2608.00002",)), "2608.00002").skip == ("2608.00002",)


def test_a_paper_cannot_be_both_picked_and_left_out() -> None:
    with pytest.raises(UsageError, match="both picked and left out"):
        settle(Steering(lead="2608.00001", skip=("2608.00001v1",)))


def test_no_more_are_picked_than_an_edition_holds() -> None:
    both = Steering(lead="2608.00002", pin=("2608.00002", "2608.00001"))

    assert settle(both, maximum=2).picked == ("2608.00002", "2608.00001")
    with pytest.raises(UsageError, match=r"2 papers are picked, and papers\.maximum is 1"):
        settle(both, maximum=1)


def test_another_order_or_another_word_is_not_the_same() -> None:
    one = Steering(note="Hello", pin=("2608.00001", "2608.00002"))

    assert not is_same(one, Steering(note="Hello", pin=("2608.00002", "2608.00001")))
    assert not is_same(one, Steering(note="Hallo", pin=one.pin))
