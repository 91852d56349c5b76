"""Load, faults and kills against the whole product, and an account of every beacon.

Two instances of the app over an emulated AWS of which some calls fail are sent beacons in any
order, some twice, some of several sessions, while two sealers with clocks of their own seal, merge
and maintain, and all four are killed in turn. The world's clock moves on by 40 minutes in between.
Whatever was acknowledged must then be found once, whole, and in the figures.

All of it on 127.0.0.1, gone afterwards. It ends with 1 where anything is lost, doubled, half
stored or counted wrongly.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPException
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from chalicelib.model.sealing import FINAL_MS, first_open_hour
from chalicelib.model.spans import DAY_MS, HOUR_MS
from chalicelib.privacy.eraser import Eraser
from chalicelib.seal.sealer import Sealer
from tests.load import checks
from tests.load.ledger import Ledger
from tests.load.traffic import Client, Crowd, Sent
from tests.load.world import SITE, World, world

THREADS = 12
TWICE = 0.1
ERASED = 20
"""The first visitors come in the first step only, and are erased two steps later."""
BEACONS_OF_A_VISITOR = 8
STEP_MS = 40 * 60_000
SETTLING_MS = FINAL_MS + HOUR_MS
LONGEST_WAIT_S = 180
ERASURES = f"/api/sites/{SITE.id}/erasures"


@dataclass
class Run:
    """One load test: what it did so far, and what is wrong."""

    world: World
    crowd: Crowd
    client: Client
    start_ms: int
    ledger: Ledger = field(default_factory=Ledger)
    violations: list[str] = field(default_factory=list)
    beacons: list[Sent] = field(default_factory=list)
    requests: int = 0
    seconds: float = 0.0

    def step(self, number: int, beacons: int, visitors: range) -> None:
        """Some more beacons in any order, some older ones again; halfway somebody is killed."""
        fresh = [self.crowd.beacon(visitors) for _ in range(beacons)]
        self.ledger.sent |= {one.number: one.events for one in fresh}
        self.beacons += fresh
        alive = [one for one in self.beacons if one.number not in self.ledger.erased]
        queue = [*fresh, *self.crowd.random.choices(alive, k=int(beacons * TWICE))]
        self.crowd.random.shuffle(queue)
        began = time.monotonic()
        with ThreadPoolExecutor(THREADS) as threads:
            delivered = threads.map(self.client.deliver, queue)
            for at, (one, is_acknowledged) in enumerate(zip(queue, delivered, strict=True)):
                if is_acknowledged:
                    self.ledger.acknowledged.add(one.number)
                if at == len(queue) // 2:
                    self.world.mortal[number % len(self.world.mortal)].kill()
        self.requests += len(queue)
        self.seconds += time.monotonic() - began

    def erase(self, visitors: range) -> None:
        """Ask for these visitors to be erased; all that they sent is to go."""
        gone = {self.crowd.visitors[visitor] for visitor in visitors}
        for visitor_id in gone:
            ask = partial(self.world.call, "POST", ERASURES, {"visitor_id": visitor_id})
            self.patiently(ask)
        self.ledger.erased |= {one.number for one in self.beacons if one.visitor in gone}

    def account(self, moment: str, *, is_maintained: bool = False) -> None:
        """Look for everything, in every way; once it is maintained in the stores themselves."""
        in_table = checks.in_dynamodb(self.world, self.start_ms)
        gone = {event for number in self.ledger.erased for event in self.ledger.sent[number]}
        found = {"as reported": checks.as_reported(self.world, self.start_ms)}
        if is_maintained:
            found |= {"in DynamoDB": in_table, "in files": checks.in_files(self.world)}
        wrong = checks.wrong_figures(self.world, self.start_ms, checks.without(in_table, gone))
        for where, parts in found.items():
            wrong += self.ledger.violations(where, checks.numbers(parts))
        self.violations += [f"{moment}: {one}" for one in wrong]
        print(f"  {moment}: {', '.join(found)} and in the figures, ", end="")
        print(f"{len(wrong)} violations", flush=True)

    def patiently(self, ask: Callable[[], Any]) -> Any:
        """What a call gives in the end, whatever fails before."""
        deadline = time.monotonic() + LONGEST_WAIT_S
        while True:
            try:
                return ask()
            except (OSError, HTTPException):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def wait(self, until: Callable[[], bool], what: str) -> None:
        """Let the sealers work until then, or note that it never comes."""
        deadline = time.monotonic() + LONGEST_WAIT_S
        while not self.patiently(until):
            if time.monotonic() > deadline:
                self.violations.append(f"after {LONGEST_WAIT_S} s {what}")
                return
            time.sleep(0.2)

    def is_sealed(self) -> bool:
        """Whether every hour but the running one had its second look."""
        now_ms = self.world.clock()
        return first_open_hour(self.world.manifest(), now_ms) >= (now_ms - SETTLING_MS) // HOUR_MS

    def is_maintained(self) -> bool:
        """Whether everything that was to be erased is."""
        receipts = self.world.call("GET", ERASURES)["erasures"]
        return all(receipt["erased_at"] for receipt in receipts)


def main(given: argparse.Namespace) -> int:
    """Run it, tell, and answer with the exit code."""
    print(f"{given.beacons} beacons, {given.steps} steps, {given.faults:.1%} faults, ", end="")
    print(f"seed {given.seed}; the processes' logs are in {given.log}", flush=True)
    with world(given.seed, evening(), given.log) as made:
        crowd = Crowd(given.seed, max(2 * ERASED, given.beacons // BEACONS_OF_A_VISITOR))
        run = Run(made, crowd, Client(made.ports, given.seed), made.clock())
        at_start = {process.name: process.rss_mb() for process in made.instances}
        load(run, given)
        settle(run)
        report(run, at_start)
    for violation in run.violations:
        print(f"VIOLATION {violation}")
    print("0 lost, 0 doubled, 0 half stored" if not run.violations else "FAILED")
    return 1 if run.violations else 0


def load(run: Run, given: argparse.Namespace) -> None:
    """All steps, forty minutes of the world's time apart, under faults."""
    visitors = range(len(run.crowd.visitors))
    run.world.faults(given.faults)
    for number in range(given.steps):
        if number == min(2, given.steps - 1):
            run.erase(visitors[:ERASED])
            run.world.faults(given.faults, given.forget)
        came = given.beacons * number // given.steps, given.beacons * (number + 1) // given.steps
        run.step(number, came[1] - came[0], visitors if number == 0 else visitors[ERASED:])
        faults = sum(run.world.faults_so_far().values())
        print(
            f"  step {number + 1}/{given.steps}: {len(run.ledger.acknowledged)} of "
            f"{len(run.beacons)} acknowledged, {run.requests / run.seconds:.0f} requests/s, "
            f"p99 {percentile(run.client.latencies_ms, 99):.0f} ms, {faults} faults",
            flush=True,
        )
        run.world.clock.set(run.world.clock() + STEP_MS)


def settle(run: Run) -> None:
    """Account for everything as it is, and unless that is wrong already, when it is sealed,
    maintained, merged, and days later."""
    run.violations += run.client.strange
    if unheard := len(run.beacons) - len(run.ledger.acknowledged):
        run.violations.append(f"{unheard} beacons were never acknowledged, however often sent")
    run.account("loaded")
    if run.violations:
        return
    run.world.clock.set(run.world.clock() + SETTLING_MS)
    run.wait(run.is_sealed, "hours are not sealed")
    run.account("sealed")
    run.wait(run.is_maintained, "erasures are not carried out")
    run.account("maintained", is_maintained=True)
    run.world.faults(0.0)
    for sealer in run.world.sealers:
        sealer.end()
    # Garbage is a day old by the object store's clock, which is the machine's.
    run.world.clock.set(time.time_ns() // 1_000_000 + 2 * DAY_MS)
    wired, sealed = run.world.wired, run.world.wired.sealed
    for _ in range(2):
        Sealer(wired.seal_stores, wired.clock).run([SITE])
        Eraser(wired.erase_stores, wired.clock).run([SITE])
    run.account("days later", is_maintained=True)
    garbage = {o.key for o in sealed.segments.list(SITE.id)} - {
        f.key for f in run.world.manifest().files
    }
    run.violations += [f"days later: {key} is named by no manifest" for key in sorted(garbage)]


def report(run: Run, at_start: Mapping[str, float]) -> None:
    """Print the figures."""
    latencies, made = run.client.latencies_ms, run.world
    manifest = made.manifest()
    print(f"  {run.requests / run.seconds:.0f} requests/s over {run.seconds:.0f} s, ", end="")
    print(f"p50 {percentile(latencies, 50):.0f} ms, p99 {percentile(latencies, 99):.0f} ms")
    for instance in made.instances:
        now_mb = instance.rss_mb()
        print(
            f"  {instance.name}: RSS {at_start[instance.name]:.0f} MB at start, "
            f"{instance.peak_mb:.0f} at most, {now_mb:.0f} at the end"
        )
    print(f"  faults: {counted(made.faults_so_far())}")
    print(f"  answers: {counted(run.client.answers)}")
    print(f"  kills: {counted({process.name: process.kills for process in made.mortal})}")
    print(f"  {len(manifest.tiles)} tiles in {len(manifest.files)} files", flush=True)


def counted(counts: Mapping[str, int]) -> str:
    """Names and numbers in a line."""
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))


def percentile(values: Sequence[float], of: int) -> float:
    """The value below which that part of a hundred lies."""
    return sorted(values)[len(values) * of // 100] if values else 0.0


def evening() -> int:
    """Ten past nine in the evening (UTC), two days ago: a day ends meanwhile, and no object looks
    older than it is, for the object store's clock is the machine's."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((today - timedelta(days=3)).timestamp() * 1000) + 21 * HOUR_MS + 10 * 60_000


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.load",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--beacons", type=int, default=20_000)
    parser.add_argument("--steps", type=int, default=8, help="of 40 minutes each, 2 or more")
    parser.add_argument("--faults", type=float, default=0.025, help="share of AWS calls that fail")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--log", type=Path, default=Path(gettempdir()) / "footfall-load.log")
    parser.add_argument(
        "--forget",
        type=int,
        default=0,
        help="so many writes are acknowledged by the store, but lost: the run must fail",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(parsed(sys.argv[1:])))
