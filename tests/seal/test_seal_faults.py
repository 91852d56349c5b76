"""Sealing under faults: at every AWS call it may die before, die after, or be refused.

A schedule names the calls at which something happens. After it one more undisturbed run must
leave everything counted once and the manifest whole; while it lasts no answer may be wrong.
FAULTS=all runs every pair (`make faults`); otherwise a fixed share of them.
"""

from __future__ import annotations

import logging
import os
import random
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from chalicelib.model.manifest import check_manifest
from chalicelib.seal.sealer import Sealer
from chalicelib.store.clock import Clock
from tests.harness.sealing import DAY, HOUR, MINUTE, SITE, SLIGHT, START, WRONG, Life

SHARE = 1.0 if os.environ.get("FAULTS") == "all" else 0.05
ORPHAN = "sealed/demo/orphan.parquet"


class Killed(BaseException):
    """The process is gone."""


REFUSED = ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "SlowDown"}}, "any")
DIE_BEFORE, DIE_AFTER, REFUSE, LOSE_ANSWER = "die before", "die after", "refuse", "lose the answer"
FAULTS = (DIE_BEFORE, DIE_AFTER, REFUSE, LOSE_ANSWER)
Schedule = Sequence[tuple[int, str]]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """A traceback for each of many thousand faults costs more than all else."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def life(tmp_path: Path) -> Life:
    """A day sealed but for its last hours: new hours are due, second looks, a merge of the day,
    and garbage. A run of it makes every call that sealing knows."""
    life = Life(tmp_path)
    life.put("first", session="a")
    life.now = START + HOUR
    life.put("second", session="a", age=5 * MINUTE)
    life.now = START + 5 * HOUR
    life.put("third", session="b")
    life.now = START + 22 * HOUR
    life.seal()
    life.aws.objects[ORPHAN] = (b"", START - 9 * DAY)
    life.now = START + 23 * HOUR + 40 * MINUTE
    life.put("late", session="b", age=HOUR)
    life.now = START + 25 * HOUR + 16 * MINUTE
    life.put("tail", session="a")
    life.aws.calls.clear()
    return life


Saved = tuple[object, ...]


def saved(life: Life) -> Saved:
    tables = {name: dict(table) for name, table in life.aws.tables.items()}
    return tables, dict(life.aws.objects), dict(life.accepted), life.now


def restore(life: Life, state: Saved) -> None:
    tables, objects, accepted, life.now = state  # type: ignore[assignment]
    life.aws.tables = {name: dict(table) for name, table in tables.items()}  # type: ignore[attr-defined]
    life.aws.objects, life.accepted = dict(objects), dict(accepted)  # type: ignore[call-overload]
    life.skew = 0
    life.aws.calls.clear()
    shutil.rmtree(life.sealed.cache.path_of(SITE.id, "any").parent)
    life.reader = life.cold()
    calm(life)


def calm(life: Life) -> None:
    life.aws.before = life.aws.after = lambda _number, _name: None


def disturb(life: Life, schedule: Schedule) -> None:
    """Let the faults of a schedule happen, counted in calls from now on."""
    faults = dict(schedule)
    life.aws.calls.clear()

    def before(number: int, _name: str) -> None:
        if faults.get(number) == DIE_BEFORE:
            raise Killed
        if faults.get(number) == REFUSE:
            raise REFUSED

    def after(number: int, _name: str) -> None:
        if faults.get(number) == DIE_AFTER:
            raise Killed
        if faults.get(number) == LOSE_ANSWER:
            raise REFUSED

    life.aws.before, life.aws.after = before, after


def runs(life: Life, schedule: Schedule) -> int:
    """As many runs as there are faults, so that each can happen; how many calls were made."""
    disturb(life, schedule)
    for _ in range(max(1, len(schedule))):
        try:
            life.seal()
        except Killed:
            continue
    calls = len(life.aws.calls)
    calm(life)
    return calls


def assert_exact(life: Life, what: object) -> None:
    assert life.seen() == life.truth(), what
    assert life.seen(reader=life.cold()) == life.truth(), what


def assert_recovered(life: Life, what: object) -> None:
    """Right at once; and after one more run whole, merged and tidy."""
    assert_exact(life, what)
    life.seal()
    assert_exact(life, what)
    assert [len(tile.hours) for tile in check_manifest(life.manifest()).tiles] == [1, 24, 1], what
    assert {file.key for file in life.manifest().files} <= set(life.aws.objects), what
    assert ORPHAN not in life.aws.objects, what


def schedules(calls: int, faults: int) -> Iterator[Schedule]:
    """Every choice of calls, and every fault at each."""
    for numbers in combinations(range(calls * faults), faults):
        for kinds in product(FAULTS, repeat=faults):
            yield list(zip(numbers, kinds, strict=True))


def test_a_run_makes_every_call_that_sealing_knows(life: Life) -> None:
    runs(life, ())
    assert set(life.aws.calls) == {
        *("GetItem", "PutItem", "Query"),
        *("PutObject", "GetObject", "ListObjectsV2", "DeleteObject"),
    }
    assert_recovered(life, "no fault")


def test_any_single_fault_is_survived(life: Life) -> None:
    start = saved(life)
    for schedule in schedules(runs(life, ()), 1):
        restore(life, start)
        runs(life, schedule)
        assert_recovered(life, schedule)


def test_any_pair_of_faults_is_survived(life: Life) -> None:
    start, choose = saved(life), random.Random(7)
    tried = 0
    for schedule in schedules(runs(life, ()), 2):
        if choose.random() < SHARE:
            restore(life, start)
            runs(life, schedule)
            assert_recovered(life, schedule)
            tried += 1
    print(f"{tried} pairs of faults")
    assert tried > 500


def test_every_answer_is_right_at_every_call_of_a_run(life: Life) -> None:
    def report(number: int, name: str) -> None:
        before, after = life.aws.before, life.aws.after
        calm(life)
        assert_exact(life, (number, name))
        life.aws.before, life.aws.after = before, after

    life.aws.before = life.aws.after = report
    life.seal()


def test_a_report_is_right_whatever_runs_at_any_of_its_calls(life: Life) -> None:
    start = saved(life)
    life.seen(reader=life.cold())
    calls = len(life.aws.calls)
    for at in range(calls):
        restore(life, start)

        def seal_at(number: int, _name: str, at: int = at) -> None:
            if number == at:
                life.seal()

        life.aws.calls.clear()
        life.aws.before = seal_at
        assert life.seen(reader=life.cold()) == life.truth(), at


@pytest.mark.parametrize("call", ["PutObject", "GetObject", "ListObjectsV2", "DeleteObject"])
def test_while_s3_fails_nothing_is_lost_and_later_hours_wait_for_nothing(
    life: Life, call: str
) -> None:
    def fail(_number: int, name: str) -> None:
        if name == call:
            raise REFUSED

    life.aws.before = fail
    life.seal()
    life.aws.before = lambda _number, _name: None
    assert_recovered(life, call)


@pytest.mark.parametrize("jump", [*WRONG, *SLIGHT])
def test_a_clock_that_jumps_at_any_call_is_survived(life: Life, jump: int) -> None:
    start = saved(life)
    for at in range(runs(life, ())):
        restore(life, start)

        def turn(number: int, _name: str, at: int = at) -> None:
            life.skew = jump if number >= at else 0

        life.aws.before = turn
        life.seal()
        calm(life)
        life.skew = 0
        assert_exact(life, at)
        life.put("after", session="c")
        assert_exact(life, at)
        life.now += 2 * HOUR
        assert_exact(life, at)  # and no right run follows
        life.seal()
        assert_exact(life, at)
        check_manifest(life.manifest())
        assert {file.key for file in life.manifest().files} <= set(life.aws.objects)


class Turns:
    """Two jobs in threads of which one moves at a time; `plan` says who makes the next call."""

    def __init__(self, plan: Sequence[int]) -> None:
        self._plan, self._turn = list(plan), threading.Condition()
        self._done: set[int] = set()

    def wait(self, who: int) -> None:
        with self._turn:
            while self._plan and self._plan[0] != who and self._plan[0] not in self._done:
                self._turn.wait()
            if self._plan:
                self._plan.pop(0)
            self._turn.notify_all()

    def run(self, jobs: Sequence[Callable[[], object]]) -> None:
        names: dict[int, int] = {}

        def work(who: int) -> None:
            names[threading.get_ident()] = who
            try:
                jobs[who]()
            finally:
                with self._turn:
                    self._done.add(who)
                    self._turn.notify_all()

        self.who = lambda: names.get(threading.get_ident())
        threads = [threading.Thread(target=work, args=(who,)) for who in range(len(jobs))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def interleaved(life: Life, folder: Path, plan: Sequence[int], skew: int = 0) -> None:
    """Two sealers at once, their calls in the order of the plan; the second one's clock is ahead
    by `skew`."""
    second = Clock(lambda: life.now + skew, lambda: life.aws.date_ms)
    other = replace(life.stores, sealed=life.instance(folder / "other"))
    turns = Turns(plan)
    life.aws.before = lambda _number, _name: (
        turns.wait(who) if (who := turns.who()) in (0, 1) else None
    )
    turns.run(
        [
            lambda: Sealer(life.stores, life.clock).run([SITE]),
            lambda: Sealer(other, second).run([SITE]),
        ]
    )
    calm(life)


def test_two_sealers_may_interleave_anywhere(life: Life, tmp_path: Path) -> None:
    """One goes `first` calls, the other `second`, the first to its end, the other to its end."""
    start, calls = saved(life), runs(life, ())
    for first, second in product(range(calls), range(1, calls)):
        restore(life, start)
        interleaved(life, tmp_path, [0] * first + [1] * second + [0] * 4 * calls)
        assert_recovered(life, (first, second))


def test_two_sealers_in_any_turns_at_all(life: Life, tmp_path: Path) -> None:
    start, choose = saved(life), random.Random(11)
    for number in range(1000 if SHARE == 1 else 60):
        restore(life, start)
        plan = [choose.randrange(2) for _ in range(200)]
        interleaved(life, tmp_path, plan)
        assert_recovered(life, number)


def test_a_sealer_whose_clock_is_wrong_may_interleave_anywhere(life: Life, tmp_path: Path) -> None:
    start, choose = saved(life), random.Random(13)
    for number in range(1000 if SHARE == 1 else 60):
        restore(life, start)
        skew = choose.choice(WRONG)
        interleaved(life, tmp_path, [choose.randrange(2) for _ in range(200)], skew)
        life.put("after", session="c")
        life.now += 2 * HOUR
        assert_exact(life, (number, skew))
        life.seal()
        assert_exact(life, (number, skew))
