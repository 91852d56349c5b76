"""The operator's way to Athena: it writes lists of files and prints SQL; it starts no query.

`python -m infra.athena --stage prod table --site my-site` and
`python -m infra.athena --stage prod ask trend --site my-site --from 2026-01-01 --to 2026-04-01`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import boto3

from chalicelib.model import spans
from chalicelib.model.refusal import Refusal
from chalicelib.model.sealing import open_hours
from chalicelib.model.site import Site
from chalicelib.model.spans import HOUR_MS, Span
from chalicelib.settings import read_settings
from chalicelib.wiring import Wired
from infra import athena
from infra.athena import Asked, NotReady
from infra.operate.commands import clock
from infra.operate.entry import NoStage, enter


def main(arguments: Sequence[str] | None = None) -> int:
    """0; 1 where it was refused, 2 where there is no such stage. SQL goes to standard output, all
    else to standard error."""
    given = _parser().parse_args(arguments)
    try:
        enter(given.stage)
        wired = Wired(read_settings(), clock)
        print(given.command(wired, _site(wired, given.site), given))
    except NoStage as reason:
        print(reason, file=sys.stderr)
        return 2
    except (NotReady, Refusal, ValueError) as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


def table(wired: Wired, site: Site, _: argparse.Namespace) -> str:
    """Write the list of the files that are live now; print the command that makes the table."""
    manifest, now = wired.sealed.manifests.read(site.id), clock()
    if not manifest:
        raise NotReady("nothing is sealed yet")
    bucket = wired.settings.data_bucket
    body = athena.file_list(manifest, bucket, now)
    key = f"{athena.folder(site.id)}files"
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=body.encode())
    until = datetime.fromtimestamp(min(open_hours(manifest, now)) * HOUR_MS / 1000, UTC)
    _say(f"{body.count(chr(10))} files; they hold what was received before {until:%F %H:%M} UTC")
    return athena.table(site.id, bucket)


def ask(_: Wired, site: Site, given: argparse.Namespace) -> str:
    """Print a question as Athena SQL."""
    zone = spans.find_zone(given.tz or site.time_zone)
    span = Span(spans.read_instant(given.from_, zone), spans.read_instant(given.to, zone))
    if site.bot_filters:
        _say("the site's own bot filters are not applied: reports leave those sessions out")
    return athena.question(
        given.question, Asked(site.id, span, zone.key, given.dimension, given.steps, given.limit)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("footfall-athena", description=__doc__)
    parser.add_argument("--stage", required=True)
    commands = parser.add_subparsers(required=True, metavar="command")
    adds = commands.add_parser("table", help=table.__doc__)
    adds.add_argument("--site", required=True)
    adds.set_defaults(command=table)
    adds = commands.add_parser("ask", help=ask.__doc__)
    adds.add_argument("question", choices=athena.QUESTIONS)
    adds.add_argument("--site", required=True)
    adds.add_argument("--from", dest="from_", required=True, help="a date, or an instant with Z")
    adds.add_argument("--to", required=True, help="the same; the span ends before it")
    adds.add_argument("--tz", help="IANA zone of days; the site's own")
    adds.add_argument("--dimension", choices=athena.ONE_VALUED, default="source", help="of values")
    adds.add_argument("--steps", type=int, default=4, help="of flow")
    adds.add_argument("--limit", type=int, default=7, help="pages a step of flow")
    adds.set_defaults(command=ask)
    return parser


def _site(wired: Wired, wanted: str) -> Site:
    found = next((site for site in wired.sites.all() if site.id == wanted), None)
    if found is None:
        raise Refusal(404, "unknown_site", f"there is no site {wanted!r}", "site")
    return found


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
