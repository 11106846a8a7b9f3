"""Test ten runs over an invented web: no living page is called broken, and few dead ones are missed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from crawler.demo.background import BackgroundLoop
from tests.acceptance.folder import Folder
from tests.worlds.archive import WorldArchive
from tests.worlds.invention import invent, invent_fifth, invent_fourth, invent_more, invent_third
from tests.worlds.serving import World
from tests.worlds.truth import Cited, Truth
from tests.worlds.watch import DAYS, Night, Watch

# Two to four of 291 were missed when this was written: pages that vary by themselves, in which
# something stayed the same by chance.
MISSED = 0.02
NAMED = 0.95
REQUESTS_A_LINK = 1.1

# Nights of the second web: what is wrongly condemned would be on the second, and confirmed on the last.
FEW_DAYS = (0, 4, 8)
THIRD_SEED = 21
THIRD_FOUND = 0.5  # 0.6 to 0.8 were found when this was written
FOURTH_SEED = 1  # of the draws that showed the most faults
FOURTH_MISSED = 0.12
FIFTH_SEED = 2  # of the draws that showed the most faults
FIFTH_MISSED = 0.4  # a third was missed when this was written


@pytest.fixture(scope="module")
def watch(background: BackgroundLoop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    """Return the runs over the invented web."""
    web = invent()
    world = background.start(World(web.sites, refusing=web.refusing))
    archive = background.start(WorldArchive(web.snapshots))
    folder = Folder(tmp_path_factory.mktemp("truth"))
    watch = Watch(web, folder, world, archive)
    for day in DAYS:
        watch.run(day)
    yield watch
    folder.close()


@pytest.fixture(scope="module")
def other_watch(
    background: BackgroundLoop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watch]:
    """Return the runs over the second web, whose living pages look like its dead ones."""
    web = invent_more()
    world = background.start(World(web.sites))
    archive = background.start(WorldArchive(web.snapshots))
    folder = Folder(tmp_path_factory.mktemp("more"))
    watch = Watch(web, folder, world, archive)
    for day in FEW_DAYS:
        watch.run(day)
    yield watch
    folder.close()


@pytest.fixture(scope="module")
def third_watch(
    background: BackgroundLoop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watch]:
    """Return the runs over the third web, of kinds of living pages that rules were not made for."""
    web = invent_third(THIRD_SEED)
    world = background.start(World(web.sites))
    archive = background.start(WorldArchive(web.snapshots))
    folder = Folder(tmp_path_factory.mktemp("third"))
    watch = Watch(web, folder, world, archive)
    for day in FEW_DAYS:
        watch.run(day)
    yield watch
    folder.close()


@pytest.fixture(scope="module")
def fourth_watch(
    background: BackgroundLoop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watch]:
    """Return the runs over the fourth web, which was invented without knowing the rules."""
    web = invent_fourth(FOURTH_SEED)
    world = background.start(World(web.sites))
    archive = background.start(WorldArchive(web.snapshots))
    folder = Folder(tmp_path_factory.mktemp("fourth"))
    watch = Watch(web, folder, world, archive)
    for day in FEW_DAYS:
        watch.run(day)
    yield watch
    folder.close()


@pytest.fixture(scope="module")
def fifth_watch(
    background: BackgroundLoop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watch]:
    """Return the runs over the fifth web, whose hosts answer what they have not in any way."""
    web = invent_fifth(FIFTH_SEED)
    world = background.start(World(web.sites))
    archive = background.start(WorldArchive(web.snapshots))
    folder = Folder(tmp_path_factory.mktemp("fifth"))
    watch = Watch(web, folder, world, archive)
    for day in FEW_DAYS:
        watch.run(day)
    yield watch
    folder.close()


def shown(watch: Watch, night: Night, found: Iterable[Cited]) -> str:
    """Return the verdicts of a run on these pages, one a line."""
    return "\n".join(watch.describe(cited, night) for cited in found)


def test_the_invented_web_is_large_and_half_of_its_dead_pages_are_silent() -> None:
    cited = invent().cited
    dead = [each for each in cited if each.truth is Truth.DEAD]
    assert len(cited) == len({each.url for each in cited}) >= 300
    assert len({each.url.split("/")[2] for each in cited}) >= 60
    assert sum(not each.explicit for each in dead) >= len(dead) / 2
    assert all(each.why for each in cited if each.truth is Truth.UNDECIDABLE)


def test_nothing_living_is_called_broken(watch: Watch) -> None:
    wrong = [watch.describe(cited, night) for cited, night in watch.false_alarms()]
    assert not wrong, "\n".join(wrong)
    assert not (unseen := watch.unseen()), shown(watch, watch.nights[-1], unseen)


def test_hardly_any_dead_page_is_missed(watch: Watch) -> None:
    last = watch.nights[-1]
    dead = [each for each in watch.web.cited if each.truth is Truth.DEAD]
    missed = watch.missed(last)
    assert len(missed) <= MISSED * len(dead), shown(watch, last, missed)


def test_hardly_any_copy_is_missed_after_the_second_night(watch: Watch) -> None:
    second = watch.nights[1]
    unnamed = watch.unnamed(second)
    assert len(unnamed) <= (1 - NAMED) * len(watch.recoverable()), shown(watch, second, unnamed)


def test_no_copy_of_something_else_is_named(watch: Watch) -> None:
    wrong = [watch.describe(cited, night) for night in watch.nights for cited in watch.wrong(night)]
    assert not wrong, "\n".join(wrong)


def test_the_first_night_is_about_one_request_a_link(watch: Watch) -> None:
    assert watch.requests_a_link() <= REQUESTS_A_LINK
    # A random address and the front page, once more where a first folder answers otherwise.
    assert watch.siblings() <= 2 * len(watch.web.sites)


def test_the_second_web_has_a_living_host_for_each_dead_one() -> None:
    web = invent_more()
    hosts = {
        truth: {each.url.split("/")[2] for each in web.cited if each.truth is truth}
        for truth in Truth
    }
    assert len(hosts[Truth.DEAD]) >= 60
    assert len(hosts[Truth.LIVING] - hosts[Truth.DEAD]) >= 60


def test_nothing_living_that_looks_dead_is_called_broken(other_watch: Watch) -> None:
    wrong = [other_watch.describe(cited, night) for cited, night in other_watch.false_alarms()]
    assert not wrong, "\n".join(wrong)
    wrong = [
        other_watch.describe(cited, night)
        for night in other_watch.nights
        for cited in other_watch.wrong(night)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_third_web_has_many_kinds() -> None:
    kinds = {
        truth: {each.kind for each in invent_third(THIRD_SEED).cited if each.truth is truth}
        for truth in Truth
    }
    assert len(kinds[Truth.LIVING]) >= 60
    assert len(kinds[Truth.DEAD]) >= 30


def test_nothing_living_of_the_third_web_is_called_broken(third_watch: Watch) -> None:
    wrong = [third_watch.describe(cited, night) for cited, night in third_watch.false_alarms()]
    assert not wrong, "\n".join(wrong)


def test_most_dead_pages_of_the_third_web_are_suspected(third_watch: Watch) -> None:
    """Some look like applications or like lists that live on, to any reader of what is served."""
    last = third_watch.nights[-1]
    dead = [each for each in third_watch.web.cited if each.truth is Truth.DEAD]
    found = [each for each in dead if third_watch.said(each, last)["verdict"] == "broken"]
    assert len(found) >= THIRD_FOUND * len(dead), shown(third_watch, last, dead)


def test_the_fourth_web_has_many_kinds_in_many_languages() -> None:
    cited = invent_fourth(FOURTH_SEED).cited
    living = [each for each in cited if each.truth is Truth.LIVING]
    dead = [each for each in cited if each.truth is Truth.DEAD]
    assert len(living) >= 300
    assert len({each.kind for each in living}) >= 100
    assert len(dead) >= 150
    assert len({each.kind for each in dead}) >= 30


def test_nothing_living_of_the_fourth_web_is_called_broken(fourth_watch: Watch) -> None:
    wrong = [fourth_watch.describe(cited, night) for cited, night in fourth_watch.false_alarms()]
    assert not wrong, "\n".join(wrong)


def test_most_dead_pages_of_the_fourth_web_are_suspected(fourth_watch: Watch) -> None:
    last = fourth_watch.nights[-1]
    dead = [each for each in fourth_watch.web.cited if each.truth is Truth.DEAD]
    missed = [each for each in dead if fourth_watch.said(each, last)["verdict"] != "broken"]
    assert len(missed) <= FOURTH_MISSED * len(dead), shown(fourth_watch, last, missed)


def test_the_fifth_web_has_many_kinds_on_many_hosts() -> None:
    cited = invent_fifth(FIFTH_SEED).cited
    living = [each for each in cited if each.truth is Truth.LIVING]
    dead = [each for each in cited if each.truth is Truth.DEAD]
    assert len(living) >= 400
    assert len({each.kind for each in living}) >= 100
    assert len(dead) >= 130
    assert len({each.kind for each in dead}) >= 35


def test_nothing_living_of_the_fifth_web_is_called_broken(fifth_watch: Watch) -> None:
    wrong = [fifth_watch.describe(cited, night) for cited, night in fifth_watch.false_alarms()]
    assert not wrong, "\n".join(wrong)


def test_most_dead_pages_of_the_fifth_web_are_suspected(fifth_watch: Watch) -> None:
    """Single lost pages of living hosts often have nothing but words of their own against them."""
    last = fifth_watch.nights[-1]
    dead = [each for each in fifth_watch.web.cited if each.truth is Truth.DEAD]
    missed = [each for each in dead if fifth_watch.said(each, last)["verdict"] != "broken"]
    assert len(missed) <= FIFTH_MISSED * len(dead), shown(fifth_watch, last, missed)
