"""Taking a stage away: what code can make again always, the data only where it is unprotected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infra.deploy.chalice_project import Project, existing
from infra.deploy.stacks import Stacks


@dataclass(frozen=True, slots=True)
class Names:
    """What infra/template.yaml calls the stage's tables and buckets."""

    tables: tuple[str, str]
    data_bucket: str
    site_bucket: str


def names(session: Any, stage: str) -> Names:
    """The names as the template makes them; the stack that knows them may be gone already."""
    account = session.client("sts").get_caller_identity()["Account"]
    place = f"{account}-{session.region_name}"
    return Names(
        tables=(f"footfall-{stage}-events", f"footfall-{stage}-registry"),
        data_bucket=f"footfall-{stage}-data-{place}",
        site_bucket=f"footfall-{stage}-site-{place}",
    )


def remove_stage(session: Any, stacks: Stacks, project: Project, edge: str) -> list[str]:
    """Remove edge, functions, site and roles, then the data unless a table is protected.

    Returns the names of what was kept. Each part may be gone already; running again goes on.
    """
    known = names(session, project.stage)
    stacks.say("edge, alarms, budget (a distribution takes some minutes)")
    stacks.remove(edge)
    stacks.say("functions, API, schedule")
    made = existing(session, project.stage)
    if made:
        project.remember(made)
        project.delete()
    stacks.say("site bucket, logs, roles")
    s3 = session.client("s3")
    _empty(s3, known.site_bucket)
    stacks.remove(f"footfall-{project.stage}")
    project.forget()
    tables = session.client("dynamodb")
    there = [table for table in known.tables if _describe(tables, table)]
    if any(_describe(tables, table)["DeletionProtectionEnabled"] for table in there):
        return [*there, *([known.data_bucket] if _is_bucket(s3, known.data_bucket) else [])]
    stacks.say("tables and data bucket")
    for table in there:
        tables.delete_table(TableName=table)
    if _is_bucket(s3, known.data_bucket):
        _empty(s3, known.data_bucket)
        s3.delete_bucket(Bucket=known.data_bucket)
    return []


def _describe(client: Any, table: str) -> dict[str, Any]:
    try:
        return dict(client.describe_table(TableName=table)["Table"])
    except client.exceptions.ResourceNotFoundException:
        return {}


def _is_bucket(client: Any, bucket: str) -> bool:
    return any(found["Name"] == bucket for found in client.list_buckets()["Buckets"])


def _empty(client: Any, bucket: str) -> None:
    """Delete every version of every object; a bucket that is gone is empty."""
    if not _is_bucket(client, bucket):
        return
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]
        if objects:
            client.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
