"""The environment, read once into one frozen value. No other module reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """What a deployment decides. Names in the environment are the fields in upper case."""

    events_table: str = "footfall-events"
    registry_table: str = "footfall-registry"
    data_bucket: str = "footfall-data"
    stage: str = "dev"
    dashboard_origin: str = ""
    """The only origin whose pages may read reports from another host; empty: none."""
    edge_secret: str = ""
    """Viewer address and place headers are believed only with this secret from the edge."""
    footfall_limits: bool = True
    """False for load tools: no rate limit and no cap of events a session."""
    cache_dir: Path = Path("/tmp/footfall")
    cache_bytes: int = 400_000_000
    function_memory_mb: int = 1769
    hot_days: int = 35
    """Days an item stays in the events table; always longer than sealing may lag."""


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings of this process; absent variables keep the defaults above."""
    given = {
        name: environment[name.upper()]
        for name in Settings.__dataclass_fields__
        if environment.get(name.upper())
    }
    values: dict[str, object] = dict(given)
    for name in ("cache_bytes", "function_memory_mb", "hot_days"):
        if name in given:
            values[name] = int(given[name])
    if "cache_dir" in given:
        values["cache_dir"] = Path(given["cache_dir"])
    if "footfall_limits" in given:
        values["footfall_limits"] = given["footfall_limits"] != "0"
    return Settings(**values)  # type: ignore[arg-type]
