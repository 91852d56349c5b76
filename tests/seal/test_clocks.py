"""Jobs and readers whose clocks are wrong: by minutes, hours or days, at once or between two calls.

`Life.now` is the stores' time and that of collectors; `Life.skew` how far everybody else's clock
is ahead of it. Whatever a wrong clock does, before any right one follows and after, no
acknowledged event is missing, doubled or deleted.
"""

from __future__ import annotations

import logging
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.model import sealing
from chalicelib.model.ids import number_of
from chalicelib.model.manifest import Erasure
from chalicelib.model.refusal import Refusal
from chalicelib.model.sealing import FINAL_MS, SETTLED_MS
from chalicelib.privacy import erasures
from chalicelib.privacy.departed_sites import SURE_MS
from chalicelib.privacy.eraser import Eraser
from chalicelib.seal.sealer import Sealer
from chalicelib.store.clock import DISAGREES_MS, Clock, Disagrees
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.receipts import Receipt, Receipts
from tests.harness.sealing import AHEAD, DAY, HOUR, MINUTE, SITE, SLIGHT, START, WRONG, Life

EXAMPLES = int(os.environ.get("EXAMPLES", "100"))


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(tmp_path)


@pytest.fixture(autouse=True)
def _errors_alone() -> Iterator[None]:
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def stores_of(life: Life) -> erasures.EraseStores:
    receipts = Receipts(Documents(life.aws, "registry"), life.aws, "data")
    return erasures.EraseStores(receipts, life.events, life.stores)


def stored(life: Life) -> tuple[Any, ...]:
    """All that tables and bucket hold."""
    tables = {name: dict(table) for name, table in life.aws.tables.items() if table}
    return tables, dict(life.aws.objects)


def assert_exact(life: Life, what: object = "") -> None:
    assert life.seen() == life.truth(), what
    assert life.seen(reader=life.cold()) == life.truth(), what


# ---- one run by a wrong clock


@pytest.mark.parametrize("skew", AHEAD)
def test_an_hour_still_open_is_settled_by_no_clock_that_is_ahead(life: Life, skew: int) -> None:
    life.put("before")
    life.now = START + 50 * MINUTE
    life.skew = skew
    life.seal()
    life.skew = 0
    life.now += 5 * MINUTE
    life.put("after", session="t")
    for later in (0, 30 * MINUTE, 2 * HOUR, 3 * DAY):  # and no right run follows
        life.now = START + 55 * MINUTE + later
        assert_exact(life, later)
    life.seal()
    assert_exact(life, "sealed")


def busy(life: Life) -> erasures.EraseStores:
    """A site of which everything is due: hours, second looks, merges, an erasure, retention, the
    end of an old request, a deleted site."""
    stores = stores_of(life)
    old = Receipt(Erasure("old", life.now, visitor=number_of("v-x")), "visitor", life.now, "tests")
    stores.receipts.save(SITE.id, old)
    erasures.suppress_events(SITE.id, life.sealed, [old.entry], life.clock)
    stores.receipts.put_tombstone(SITE.id, old)
    for hour in range(30):
        life.now = START + hour * HOUR + 7 * MINUTE
        life.put(f"{hour}", session=f"{hour % 4}", visitor=f"v-{hour % 2}")
        if hour % 5 == 4:
            life.seal()
    entry = Erasure("new", life.now, visitor=number_of("v-1"))
    stores.receipts.save(SITE.id, Receipt(entry, "visitor", life.now, "tests"))
    stores.documents.put("deleted", "gone", {"at": life.now, "shards": 1})
    life.now += HOUR + 20 * MINUTE
    return stores


KEEPING = replace(SITE, retention_days=36)
JOBS: dict[str, Callable[[erasures.EraseStores, Clock], dict[str, int]]] = {
    "seal": lambda stores, clock: Sealer(stores.history, clock).run([SITE]),
    "maintain": lambda stores, clock: Eraser(stores, clock).run([KEEPING]),
    "delete": lambda stores, clock: Eraser(stores, clock).run([]),
}


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("skew", [*WRONG, DISAGREES_MS + 1, -DISAGREES_MS - 1])
def test_a_job_whose_clock_is_wrong_says_so_and_seals_deletes_and_commits_nothing(
    life: Life, job: str, skew: int, caplog: pytest.LogCaptureFixture
) -> None:
    stores = busy(life)
    before = life.manifest(), dict(life.aws.objects), dict(life.aws.tables["events"])
    deleted = list(stores.documents.all("deleted"))
    life.skew = skew
    assert JOBS[job](stores, life.clock)["failed"] == 1
    assert (life.manifest(), life.aws.tables["events"]) == (before[0], before[2])
    assert before[1].items() <= life.aws.objects.items()  # but for the tombstone of a request
    assert list(stores.documents.all("deleted")) == deleted
    [said] = [record for record in caplog.records if record.levelname == "ERROR"]
    own_ms = life.now + skew
    assert said.getMessage() == f"clock_disagrees own_ms={own_ms} store_ms={life.now}"


@pytest.mark.parametrize("skew", [DISAGREES_MS, -DISAGREES_MS])
@pytest.mark.parametrize("job", JOBS)
def test_a_clock_that_is_a_minute_off_does_what_a_right_one_does(
    tmp_path: Path, job: str, skew: int
) -> None:
    told = []
    for each in (0, skew):
        life = Life(tmp_path / str(each))
        stores = busy(life)
        life.skew = each
        done = JOBS[job](stores, life.clock)
        tiles = [replace(tile, file=None) for tile in life.manifest().tiles]
        told.append((done, tiles, life.manifest().erased, life.seen()))
    assert told[0] == told[1]
    assert "failed" not in told[0][0]


@pytest.mark.parametrize("skew", WRONG)
def test_an_erasure_asked_by_a_wrong_clock_is_refused_and_hides_nothing(
    life: Life, skew: int
) -> None:
    life.put("1", visitor="v")
    before, life.skew = stored(life), skew
    entry = Erasure("e", life.now + skew, visitor=number_of("v"))
    for ask in (
        lambda: erasures.refuse_full(SITE.id, life.sealed, life.clock),
        lambda: erasures.suppress_events(SITE.id, life.sealed, [entry], life.clock),
    ):
        with pytest.raises(Disagrees) as refused:
            ask()
        assert (refused.value.status, refused.value.code) == (503, "clock_disagrees")
        assert isinstance(refused.value, Refusal)
    assert stored(life) == before


@pytest.mark.parametrize("age_ms", [0, 1, 999, MINUTE, HOUR])
def test_the_time_of_an_answer_that_is_old_by_now_is_never_later_than_it_is(
    life: Life, age_ms: int
) -> None:
    life.now = START + 123_456
    life.manifest()
    life.now += age_ms
    assert life.now - age_ms - 1000 < life.clock() <= life.now


# ---- closed, settled, final and old are so by the store's time alone


@pytest.mark.parametrize("skew", SLIGHT)
def test_an_hour_is_looked_at_when_it_is_over_by_the_stores_time(life: Life, skew: int) -> None:
    life.seal()
    life.skew = skew
    end = START + HOUR
    for at, looks in (
        (end + SETTLED_MS - 1, 0),
        (end + SETTLED_MS, 1),
        (end + FINAL_MS - 1, 1),
        (end + FINAL_MS, 2),
    ):
        life.now = at
        life.aws.calls.clear()
        life.seal()
        read = [tile.read_at for tile in life.manifest().tiles if tile.from_hour == START // HOUR]
        assert read == ([] if not looks else [end + (SETTLED_MS, FINAL_MS)[looks - 1]]), at


@pytest.mark.parametrize("skew", SLIGHT)
def test_history_is_old_by_the_stores_time(life: Life, skew: int) -> None:
    """Retention ends a day of UTC, an entry its 80 days, a deleted site its minutes."""
    site = replace(SITE, retention_days=36)
    stores = stores_of(life)
    life.put("old")
    life.now += 30 * DAY
    life.seal()
    midnight = (START // DAY + 37) * DAY
    for at, left in ((midnight - 1000, 1), (midnight, 0)):
        life.now = at
        life.skew = skew
        Eraser(stores, life.clock).run([site])
        assert len(life.seen(reader=life.cold())) == left
    life.skew = 0
    receipt = Receipt(Erasure("e", life.now, visitor=1), "visitor", life.now, "tests")
    stores.receipts.save(SITE.id, receipt)
    Eraser(stores, life.clock).run([SITE])
    asked, life.skew = life.now, skew
    for age, left in ((erasures.BACKUPS_MS - 1000, 1), (erasures.BACKUPS_MS, 0)):
        life.now = asked + age
        Eraser(stores, life.clock).run([SITE])
        assert len(life.manifest().erased) == left
    at = life.now
    stores.documents.put("deleted", "gone", {"at": at, "shards": 1})
    for age, sites in ((SURE_MS - 1000, 0), (SURE_MS, 1)):
        life.now = at + age
        assert Eraser(stores, life.clock).run([])["sites"] == sites


# ---- readers


@pytest.mark.parametrize("skew", AHEAD[:-1])
def test_a_warm_reader_whose_clock_was_ahead_takes_no_filling_hour_for_whole(
    life: Life, skew: int
) -> None:
    life.put("1")
    life.now += 10 * MINUTE
    life.skew = skew
    assert life.seen() == life.truth()
    life.put("2")
    assert life.seen() == life.truth()  # still ahead
    life.skew = 0
    life.put("3")
    life.now += skew  # by now its clock was right
    assert life.seen() == life.truth()


@pytest.mark.parametrize("skew", AHEAD)
def test_to_a_reader_whose_clock_is_ahead_nothing_has_expired(life: Life, skew: int) -> None:
    life.put("1")
    life.skew = skew
    assert_exact(life)


# ---- any history

puts = st.tuples(
    st.just("put"),
    st.sampled_from("stu"),
    st.sampled_from([0, 0, 1, 40, 300, 2880]),
    st.sampled_from("vw"),
)
skews = st.one_of(st.sampled_from(WRONG), st.sampled_from(SLIGHT))
jumps = st.dictionaries(st.integers(0, 30), skews, max_size=3)
wait = st.tuples(st.just("wait"), st.sampled_from([1, 5, 14, 31, 60, 61, 75, 300, 1440]))
step = st.one_of(
    puts,
    puts,
    puts,
    wait,
    wait,
    st.tuples(st.just("seal"), jumps),
    st.tuples(st.just("seal"), jumps),
    st.tuples(st.just("maintain"), jumps),
    st.tuples(st.just("look"), skews),
)


def turning(life: Life, jumps: dict[int, int], act: Callable[[], object]) -> None:
    """Act while the clock jumps before the calls of these numbers."""
    life.skew = jumps.get(0, 0)
    first = len(life.aws.calls)

    def turn(call: int, _name: str) -> None:
        life.skew = jumps.get(call - first, life.skew)

    life.aws.before = turn
    act()
    life.aws.before = lambda _number, _name: None
    life.skew = 0


@settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(step, min_size=4, max_size=30))
def test_nothing_is_missing_or_doubled_whatever_clocks_do(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[Any, ...]]
) -> None:
    logging.disable(logging.CRITICAL)
    life = Life(tmp_path_factory.mktemp("life"))
    stores, keeping = stores_of(life), replace(SITE, retention_days=3650)
    for count, (kind, *given_) in enumerate(history):
        if kind == "put":
            session, age, visitor = given_
            life.put(str(count), session, age=age * MINUTE, visitor=visitor)
        elif kind == "wait":
            life.now += given_[0] * MINUTE
        elif kind == "seal":
            turning(life, given_[0], life.seal)
        elif kind == "maintain":
            turning(life, given_[0], lambda: Eraser(stores, life.clock).run([keeping]))
        else:
            look(life, given_[0])
        assert_exact(life, kind)
        assert all(tile.read_at <= life.now for tile in life.manifest().tiles)
    life.seal()
    assert_exact(life, "a right run")
    life.now += 2 * HOUR
    life.seal()
    assert_exact(life, "another right run")
    assert all(sealing.is_final(tile, life.now) for tile in life.manifest().tiles[:-1])


def look(life: Life, skew: int) -> None:
    """A warm reader's look by another clock. If that is ahead it sees all there is; if behind, no
    less than what was received before that moment."""
    life.skew = skew
    seen, truth = Counter(life.seen()), Counter(life.truth())
    life.skew = 0
    assert seen <= truth
    assert Counter(before(life, life.now + skew)) <= seen


def before(life: Life, at_ms: int) -> list[Any]:
    """The events received before a moment."""
    known = life.accepted
    life.accepted = {key: b for key, b in known.items() if b.received_at_ms < at_ms}
    found, life.accepted = life.truth(), known
    return found


# ---- two at once


@pytest.mark.parametrize("seed", range(20))
def test_a_right_and_a_wrong_sealer_at_once_leave_what_the_right_one_would(
    tmp_path: Path, seed: int
) -> None:
    """The wrong one runs whole at a call of the right one, or the other way round."""
    choose = random.Random(seed)
    life = Life(tmp_path / "life")
    other = replace(life.stores, sealed=life.instance(tmp_path / "other"))
    skew = choose.choice(WRONG)
    wrong = Clock(lambda: life.now + skew, lambda: life.aws.date_ms)
    sealers = [(life.stores, life.clock), (other, wrong)]
    for hour in range(1, 30):
        life.put(f"{hour}", session=str(hour % 3))
        life.now = START + hour * HOUR + choose.randrange(60) * MINUTE
        life.put(f"{hour}-late", session=str(hour % 3), age=2 * HOUR)
        choose.shuffle(sealers)
        (outer, outer_clock), (inner, inner_clock) = sealers
        at = len(life.aws.calls) + choose.randrange(8)

        def meanwhile(call: int, _name: str, at: int = at) -> None:
            if call == at:
                life.aws.before = lambda _number, _name: None
                Sealer(inner, inner_clock).run([SITE])  # noqa: B023

        life.aws.before = meanwhile
        Sealer(outer, outer_clock).run([SITE])
        life.aws.before = lambda _number, _name: None
        assert_exact(life, hour)
    assert len(life.manifest().tiles) < 29
