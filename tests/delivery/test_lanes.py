"""Whose turn it is, decided without a clock and without a store."""

from __future__ import annotations

from collections import Counter

from delivery.sending import NOW
from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery.lanes import Lanes
from newsletter.delivery.pace import Block, Pace
from newsletter.limits import Limit
from newsletter.model import Among, Claimed

CONNECTIONS = 10


def claimed(*addresses: str, first: int = 1) -> list[Claimed]:
    return [
        Claimed(
            id=first + number, day=NOW.date(), subscriber_id=number, name="", attempts=0, epoch=1,
            address=address, queued_at=NOW,
        )
        for number, address in enumerate(addresses)
    ]  # fmt: skip


def make_lanes(*addresses: str, is_dry: bool = False, **limits: Limit) -> Lanes:
    named = {name.replace("_", "."): limit for name, limit in limits.items()}
    lanes = Lanes(named, CONNECTIONS, batch=100)
    lanes.add("", claimed(*addresses), 0.0, is_dry=is_dry)
    return lanes


def answer_all(lanes: Lanes, out: list[Claimed], now: float, then: float) -> None:
    for one in out:
        lanes.begin(one, now)
        lanes.end(one, then, answered=True)
        lanes.finish(one)


def pick_all(lanes: Lanes, now: float = 0.0) -> list[Claimed]:
    return list(iter(lambda: lanes.pick(now), None))


def domains(out: list[Claimed]) -> Counter[str]:
    return Counter(one.address.partition("@")[2] for one in out)


def learn(lanes: Lanes, *names: str) -> None:
    """Let each domain answer once, at once."""
    ids = 10_000
    for name in names:
        lanes.add("", claimed(f"first@{name}", first=ids), 0.0, is_dry=False)
        ids += 1
    for out in (pick_all(lanes) for _ in range(3)):
        answer_all(lanes, out, 0.0, 0.01)


def test_they_go_in_the_order_they_were_claimed() -> None:
    lanes = make_lanes("1@a.org", "2@b.org", "3@c.org")

    assert [one.id for one in pick_all(lanes)] == [1, 2, 3]


def test_a_domain_that_has_not_answered_yet_has_one_under_way_while_others_may_come() -> None:
    lanes = make_lanes(*[f"{n}@a.org" for n in range(5)], "1@b.org")

    assert domains(pick_all(lanes)) == {"a.org": 1, "b.org": 1}


def test_what_stepped_aside_goes_first_when_it_may() -> None:
    lanes = make_lanes("1@a.org", "2@a.org", "3@b.org", "4@c.org")
    first, second = lanes.pick(0.0), lanes.pick(0.0)
    assert first is not None
    assert second is not None

    answer_all(lanes, [first], 0.0, 0.01)

    assert [one.id for one in (first, second, *pick_all(lanes))] == [1, 3, 2, 4]


def test_where_nobody_else_is_a_domain_has_all_connections() -> None:
    lanes = make_lanes(*[f"{n}@a.org" for n in range(30)], is_dry=True)

    assert len(pick_all(lanes)) == CONNECTIONS


def test_a_domain_leaves_a_quarter_of_the_connections_to_others() -> None:
    lanes = make_lanes(*[f"{n}@a.org" for n in range(30)], *[f"1@b{n}.org" for n in range(3)])
    first = lanes.pick(0.0)
    assert first is not None
    answer_all(lanes, [first], 0.0, 0.01)

    out = [one for one in (lanes.pick(0.0) for _ in range(CONNECTIONS)) if one is not None]

    assert domains(out) == {"a.org": 8, "b0.org": 1, "b1.org": 1}


def test_a_domain_that_proves_slow_gets_a_tenth_and_is_claimed_apart() -> None:
    lanes = make_lanes(*[f"{n}@slow.org" for n in range(5)], *[f"{n}@b{n}.org" for n in range(9)])
    out = pick_all(lanes)
    for one in out:
        lanes.begin(one, 0.0)
    for one in out:
        if not one.address.endswith("slow.org"):
            lanes.end(one, 0.01, answered=True)
            lanes.finish(one)

    assert lanes.pick(2.0) is None  # one of the slow domain is under way, and four wait

    among, _ = lanes.choose("")
    assert among.without == ("slow.org",)
    lanes.add("", claimed("x@c.org", first=50), 2.0, is_dry=False)
    assert domains(pick_all(lanes, 2.0)) == {"c.org": 1}


def test_a_relay_that_answers_nobody_makes_no_domain_slow_that_has_answered_before() -> None:
    lanes = make_lanes("1@c.org")
    learn(lanes, "a.org", "b.org")
    lanes.add("", claimed("1@a.org", "2@b.org"), 0.0, is_dry=False)
    for one in pick_all(lanes, 0.1):
        lanes.begin(one, 0.1)

    lanes.pick(60.0)

    assert not list(lanes.limited)


def test_a_slow_domain_that_answers_quickly_again_gets_more_each_time() -> None:
    lanes = make_lanes(*[f"{n}@b{n}.org" for n in range(3)], "1@a.org", is_dry=False)
    answer_all(lanes, pick_all(lanes), 0.0, 0.01)
    lanes.add("", claimed("2@a.org", first=50), 0.0, is_dry=False)
    answer_all(lanes, pick_all(lanes), 0.0, 5.0)
    lanes.add("a.org", claimed(*[f"{n}@a.org" for n in range(20)], first=60), 5.0, is_dry=False)

    sizes = []
    for _ in range(3):
        out = pick_all(lanes, 5.0)
        sizes.append(len(out))
        answer_all(lanes, out, 5.0, 5.01)

    assert sizes == [1, 2, 4]


def test_a_limited_domain_has_no_more_under_way_than_it_may_even_alone() -> None:
    limit = Limit(connections=2)
    lanes = make_lanes(*[f"{n}@a.org" for n in range(9)], is_dry=True, a_org=limit)

    assert len(pick_all(lanes)) == 2


def test_a_domain_with_a_rate_goes_at_its_moments_and_nobody_waits_for_it() -> None:
    lanes = make_lanes("1@a.org", "2@a.org", "3@b.org", a_org=Limit(rate=10.0))
    assert domains(pick_all(lanes)) == {"b.org": 1}
    [lane] = lanes.limited
    assert lane.moments is not None
    lane.moments.add(Block(start=1.0, interval=0.1, count=2))

    assert lanes.find_next(0.5) == 1.0
    assert [len(pick_all(lanes, now)) for now in (0.9, 1.05, 1.15)] == [0, 1, 1]


def test_a_lane_that_has_all_it_may_under_way_waits_for_no_moment() -> None:
    limit = Limit(rate=10.0, connections=1)
    lanes = make_lanes(*[f"{n}@a.org" for n in range(4)], a_org=limit, is_dry=True)
    lanes.pick(0.0)
    [lane] = lanes.limited
    assert lane.moments is not None
    lane.moments.add(Block(start=1.0, interval=0.1, count=3))
    assert pick_all(lanes, 1.0)

    assert lanes.find_next(1.5) == 15.0  # when others are looked for, and not before


def test_a_domain_whose_pace_was_cut_has_its_share_of_the_connections() -> None:
    lanes = make_lanes(*[f"{n}@a.org" for n in range(20)], is_dry=True)
    lanes.pick(0.0)

    lanes.set_pace("a.org", Pace().cut(begun=0.0, now=0.0).cut(begun=1.0, now=1.0))

    assert len(pick_all(lanes, 1.0)) + 1 == 2


def test_a_lane_is_claimed_by_itself_from_where_it_was_left() -> None:
    lanes = make_lanes("1@a.org", "2@b.org", a_org=Limit(connections=1))
    pick_all(lanes)
    assert lanes.find_hungry() == "a.org"

    lanes.add("a.org", claimed("3@a.org", first=7), 0.0, is_dry=False)

    assert lanes.choose("a.org")[0] == Among(domain="a.org", after=7)
    assert lanes.choose("")[0] == Among(without=("a.org",), after=2)


def test_a_lane_that_has_nothing_more_is_not_asked_again_and_comes_with_the_others() -> None:
    lanes = make_lanes("1@a.org", a_org=Limit(connections=1))
    answer_all(lanes, pick_all(lanes), 0.0, 0.01)
    assert lanes.find_hungry() == "a.org"
    lanes.add("a.org", [], 0.0, is_dry=True)

    assert lanes.find_hungry() is None
    assert lanes.choose("")[0].without == ()
    lanes.add("", claimed("2@a.org", first=9), 0.0, is_dry=True)
    assert [one.id for one in pick_all(lanes)] == [9]


def test_while_a_lane_goes_on_the_others_are_looked_for_again() -> None:
    lanes = make_lanes("1@a.org", "2@a.org", is_dry=True, a_org=Limit(connections=1))
    pick_all(lanes)

    assert not lanes.wants_more(1.0)
    assert lanes.wants_more(16.0)
    assert lanes.find_next(1.0) == 15.0


@given(
    st.lists(st.integers(0, 6), max_size=150),
    st.dictionaries(st.integers(0, 6), st.integers(1, 3), max_size=3),
    st.randoms(use_true_random=False),
)
def test_whatever_happens_each_delivery_goes_once_and_within_every_limit(
    numbers: list[int], limits: dict[int, int], chance: object
) -> None:
    from random import Random

    assert isinstance(chance, Random)
    most = {f"d{name}.org": Limit(connections=count) for name, count in limits.items()}
    lanes = Lanes(most, CONNECTIONS, batch=10)
    todo = claimed(*[f"x@d{number}.org" for number in numbers])
    out, done, now = list[Claimed](), list[int](), 0.0
    for _ in range(2000):
        now += chance.choice([0.001, 0.5, 3.0])
        if lanes.is_over and not out:
            break
        if (name := lanes.find_hungry()) is not None:
            _claim(lanes, name, todo, now)
        elif (one := lanes.pick(now) if len(out) < CONNECTIONS else None) is not None:
            lanes.begin(one, now)
            out.append(one)
        elif lanes.wants_more(now):
            _claim(lanes, "", todo, now)
        if out and chance.random() < 0.7:
            one = out.pop(chance.randrange(len(out)))
            lanes.end(one, now, answered=chance.random() < 0.9)
            lanes.finish(one)
            done.append(one.id)
        under_way = domains(out)
        assert all(under_way[name] <= limit.connections for name, limit in most.items())

    assert sorted(done) == list(range(1, len(numbers) + 1))
    assert lanes.is_over


def _claim(lanes: Lanes, name: str, todo: list[Claimed], now: float) -> None:
    among, limit = lanes.choose(name)
    fitting = [
        one
        for one in todo
        if one.id > among.after
        and (not among.domain or one.address.endswith("@" + among.domain))
        and not any(one.address.endswith("@" + domain) for domain in among.without)
    ]
    for one in fitting[:limit]:
        todo.remove(one)
    lanes.add(name, fitting[:limit], now, is_dry=len(fitting) < limit)
