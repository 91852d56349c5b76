"""The operator's commands: `python -m chalicelib.admin --help`.

They read the environment of a stage as its functions do (EVENTS_TABLE, REGISTRY_TABLE,
DATA_BUCKET, and AWS's own variables). `python -m infra.operate --stage NAME ...` finds these by
itself.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory

from chalicelib.model import sealing as plan
from chalicelib.model.manifest import Tile
from chalicelib.model.refusal import Refusal
from chalicelib.model.sealing import open_hours
from chalicelib.model.site import Site
from chalicelib.model.spans import HOUR_MS
from chalicelib.report.verifier import Difference
from chalicelib.settings import read_settings
from chalicelib.store.registry.refusals import UNKNOWN_SITE
from chalicelib.transfer import files, umami
from chalicelib.wiring import Wired
from infra.operate import access

READERS = {"footfall": files.read_hits, "umami": umami.read_events}
"""How files of each product are read."""


def clock() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if all is well, 1 if it found differences or was refused.

    It has a cache of its own below CACHE_DIR, as large as the disk: no function's limits hold
    here, and no other process tidies up after it.
    """
    given = _parser().parse_args(arguments)
    settings = read_settings()
    settings.cache_dir.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="command-", dir=settings.cache_dir) as folder:
        room = disk_usage(folder).free
        own = replace(settings, cache_dir=Path(folder), cache_bytes=room)
        try:
            return int(given.command(Wired(own, clock), given))
        except Refusal as refusal:
            print(f"{given.name}: {refusal.message}", file=sys.stderr)
            return 1


def status(wired: Wired, given: argparse.Namespace) -> int:
    """What is sealed, what waits, what was set aside; 1 if something needs the operator."""
    is_well = True
    for site in _sites(wired, given.site):
        is_well &= _status_of(wired, site)
    unknown = wired.refusals.of_month(UNKNOWN_SITE, clock())
    print(f"refused by address   {_counts(unknown)}")
    return 0 if is_well else 1


def verify(wired: Wired, given: argparse.Namespace) -> int:
    """Recounts days from raw events and prints every figure that differs; 1 if one does."""
    verifier = wired.verifier(clock())
    found = 0
    for site in _sites(wired, given.site):
        for day in given.days:
            found += _print_differences(f"{site.id} {day}", verifier.day(site, day))
        if not given.days:
            found += _print_differences(f"{site.id} beacons", verifier.beacons(site, 0))
    return 1 if found else 0


def take_in(wired: Wired, given: argparse.Namespace) -> int:
    """Imports a file of events; all of them or none."""
    say = _progress("events")
    entry = wired.history.import_file(given.site, given.file, READERS[given.product], say)
    say(entry.events)
    print(f"{entry.events:,} events imported in {len(entry.files)} files from {entry.name}")
    return 0


def give_out(wired: Wired, given: argparse.Namespace) -> int:
    """Exports everything of a site; 1 if some of it could not be read."""
    say = _progress("events")
    done = wired.history.export(given.site, given.folder, say)
    print(f"{done.events:,} events and {done.files} files of parts in {given.folder}")
    for day in done.partial:
        print(f"{day} could not be read whole", file=sys.stderr)
    return 1 if done.partial else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("footfall", description=__doc__)
    commands = parser.add_subparsers(required=True, dest="name", metavar="command")
    command = _adder(commands)

    command("status", status).add_argument("--site", help="only this site")

    adds = command("verify", verify)
    adds.add_argument("--site", help="only this site")
    adds.add_argument(
        "days", nargs="*", metavar="YYYY-MM-DD", help="none: the number of beacons of every hour"
    )

    adds = command("import", take_in)
    adds.add_argument("--site", required=True)
    adds.add_argument("file", type=Path, help="one JSON object a line, or .csv with a header")
    adds.add_argument("--from", dest="product", choices=READERS, default="footfall")

    adds = command("export", give_out)
    adds.add_argument("--site", required=True)
    adds.add_argument("folder", type=Path)

    access.add_commands(commands)
    return parser


Command = Callable[[Wired, argparse.Namespace], int]


def _adder(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
) -> Callable[[str, Command], argparse.ArgumentParser]:
    def add(name: str, act: Command) -> argparse.ArgumentParser:
        said = act.__doc__
        parser = commands.add_parser(name, help=said, description=said)
        parser.set_defaults(command=act)
        return parser

    return add


def _sites(wired: Wired, wanted: str | None) -> list[Site]:
    sites = [site for site in wired.sites.all() if wanted in (None, site.id)]
    if wanted and not sites:
        raise Refusal(404, "unknown_site", f"there is no site {wanted!r}", "site")
    return sites


def _status_of(wired: Wired, site: Site) -> bool:
    now = clock()
    manifest = wired.sealed.manifests.read(site.id)
    if not manifest:
        print(f"{site.id}\n  nothing sealed yet")
        return True
    age_hours = plan.unsealed_age_ms(manifest, now) / HOUR_MS
    mismatches = wired.verifier(now).beacons(site, now - 24 * HOUR_MS)
    unread = sum(tile.set_aside for tile in manifest.tiles)
    stale = sum(file.erasures < len(manifest.erased) for file in manifest.files)
    left_out = sum(tile.left_out for tile in manifest.tiles)
    refused = wired.refusals.of_month(site.id, now)
    tail = sum(
        1
        for hour in open_hours(manifest, now)
        for _ in wired.buckets.hour(site.id, hour * HOUR_MS, site.shards)
    )
    lines = [
        f"sealed through     {_hour(_settled_through(manifest.tiles, manifest.from_hour, now))}",
        f"not final since    {age_hours:.1f} hours",
        f"segments           {sum(tile.file is not None for tile in manifest.tiles)}",
        f"imports            {len(manifest.imports)}",
        f"rows, bytes        {sum(file.rows for file in manifest.files):,}, "
        f"{sum(file.bytes for file in manifest.files):,}",
        f"tail               {tail} beacons",
        f"set aside          {unread} records",
        f"over budget        {left_out} sessions left out",
        f"refused            {_counts(refused)}",
        f"erasures           {len(manifest.erased)}, {stale} files not rewritten yet",
        f"mismatches         {len(mismatches)} in the last 24 hours",
    ]
    print("\n  ".join([site.id, *lines]))
    return age_hours < 3 and not unread and not left_out and not mismatches


def _counts(refused: Mapping[str, int]) -> str:
    """Requests refused this month, by the budget that was used up."""
    return ", ".join(f"{count:,} for {unit}" for unit, count in refused.items()) or "0 requests"


def _settled_through(tiles: Sequence[Tile], from_hour: int, now_ms: int) -> int:
    """The end of the unbroken run of settled hours."""
    end = from_hour
    for tile in tiles:
        if not plan.is_readable(tile, now_ms):
            break
        end = tile.to_hour
    return end


def _hour(hour: int) -> str:
    return f"{datetime.fromtimestamp(hour * 3600, UTC):%Y-%m-%d %H:00} UTC"


def _print_differences(what: str, found: Sequence[Difference]) -> int:
    for item in found:
        print(f"{what}  {item.figure}: reported {item.reported}, recounted {item.recounted}")
    print(f"{what}  {len(found)} differences")
    return len(found)


def _progress(unit: str) -> Callable[[int], None]:
    """Says how far it is, on one line where that is a terminal."""
    end = "\r" if sys.stderr.isatty() else "\n"

    def say(count: int) -> None:
        print(f"{count:,} {unit}", end=end, file=sys.stderr, flush=True)

    return say


if __name__ == "__main__":
    sys.exit(main())
