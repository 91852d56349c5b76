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
    salts_table: str = "footfall-salts"
    """Of its own, so that no backup reaches what tells storage-free visitors apart."""
    data_bucket: str = "footfall-data"
    region: str = ""
    dynamodb_endpoint: str = ""
    """Where the emulated DynamoDB answers; empty: the region's own."""
    dashboard_origin: str = ""
    """The only origin whose pages may read reports from another host; empty: none."""
    edge_secret_sha256: str = ""
    """Viewer address and place headers are believed only with the secret of this hash."""
    footfall_limits: bool = True
    """False for load tools: no rate limit and no cap of events a session."""
    cache_dir: Path = Path("/tmp/footfall")
    cache_bytes: int = 400_000_000
    function_memory_mb: int = 1769


OTHER_NAMES = {
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "dynamodb_endpoint": ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"),
}


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings of this process; absent variables keep the defaults above.

    Region and endpoint come from the variables that AWS's own tools read.
    """
    values: dict[str, object] = {}
    for name in Settings.__dataclass_fields__:
        variables = OTHER_NAMES.get(name, (name.upper(),))
        given = next((environment[v] for v in variables if environment.get(v)), "")
        if given:
            values[name] = _read_value(name, given)
    return Settings(**values)  # type: ignore[arg-type]


def _read_value(name: str, given: str) -> object:
    if name in ("cache_bytes", "function_memory_mb"):
        return int(given)
    if name == "cache_dir":
        return Path(given)
    return given != "0" if name == "footfall_limits" else given
