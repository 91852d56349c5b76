"""Is the zip that Chalice built what Lambda can run? Chalice itself goes on without a dependency.

Checked are its size, its architecture (the machine type in each ELF header), that every locked
distribution and every native module of it is inside, and that nothing is inside that must not be.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

RUNTIMES = {(3, 12): "python3.12", (3, 13): "python3.13"}

MACHINES = {"x86_64": 62, "arm64": 183}  # e_machine of ELF: EM_X86_64, EM_AARCH64

LIMIT_ZIPPED = 50_000_000  # bytes of a direct upload; Lambda quotas

LIMIT_UNZIPPED = 250_000_000

FORBIDDEN = ("boto3/", "botocore/", "s3transfer/", "tests/", "infra/", "dashboard_site/", "sdk/")

PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", re.MULTILINE)


class BadBundle(Exception):
    """The zip must not be deployed; the message lists every fault."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a good zip holds: sizes in bytes, native modules by file name."""

    zipped: int
    unzipped: int
    native: tuple[str, ...]


def runtime(version: tuple[int, int] = sys.version_info[:2]) -> str:
    """Lambda's name of this Python; raises BadBundle where dependencies have no build for it."""
    if version not in RUNTIMES:
        found = ".".join(map(str, version))
        raise BadBundle(
            f"packaging needs Python 3.12 or 3.13, this is {found}: DuckDB has no build for "
            "Lambda's older runtimes. Install one of them, remove .venv and run `make setup` again."
        )
    return RUNTIMES[version]


def check(bundle: Path, architecture: str, requirements: Path) -> Facts:
    """The facts of a zip fit to deploy; raises BadBundle with all its faults otherwise."""
    with zipfile.ZipFile(bundle) as archive:
        names = archive.namelist()
        unzipped = sum(entry.file_size for entry in archive.infolist())
        native = {name: archive.open(name).read(20) for name in names if name.endswith(".so")}
    locked = [canonical(name) for name in PINNED.findall(requirements.read_text("utf-8"))]
    zipped = bundle.stat().st_size
    faults = [
        *_too_large(zipped, unzipped),
        *_missing(names, locked),
        *(
            fault
            for name, header in native.items()
            for fault in _foreign(name, header, architecture)
        ),
        *(f"{name} must not be inside" for name in names if name.startswith(FORBIDDEN)),
    ]
    if faults:
        raise BadBundle(f"{bundle.name} for {architecture}: " + "; ".join(faults))
    return Facts(zipped, unzipped, tuple(sorted(PurePosixPath(name).name for name in native)))


def canonical(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _too_large(zipped: int, unzipped: int) -> Iterator[str]:
    if zipped > LIMIT_ZIPPED:
        yield f"{zipped:,} bytes, over the {LIMIT_ZIPPED:,} of an upload"
    if unzipped > LIMIT_UNZIPPED:
        yield f"{unzipped:,} bytes unzipped, over {LIMIT_UNZIPPED:,}"


def _missing(names: list[str], locked: list[str]) -> Iterator[str]:
    inside = {
        canonical(name.split("-")[0]) for name in names if name.endswith(".dist-info/METADATA")
    }
    modules = {_module(name) for name in names if name.endswith(".so")}
    for distribution in locked:
        if distribution not in inside:
            yield f"{distribution} is missing"
        for module in sorted(_native_modules(distribution) - modules):
            yield f"the native module {module} of {distribution} is missing"
    yield from (f"{name} is missing" for name in ("app.py", "chalice/app.py") if name not in names)


def _native_modules(distribution: str) -> set[str]:
    """Native modules that this environment's copy of the distribution has."""
    files = importlib.metadata.files(distribution) or []
    return {_module(str(path)) for path in files if path.suffix == ".so"}


def _module(path: str) -> str:
    """`pydantic_core/_pydantic_core` of `pydantic_core/_pydantic_core.cpython-313-....so`."""
    return path.split(".")[0]


def _foreign(name: str, header: bytes, architecture: str) -> Iterator[str]:
    machine = int.from_bytes(header[18:20], "little")
    if not header.startswith(b"\x7fELF") or machine != MACHINES[architecture]:
        yield f"{name} is not built for {architecture}"
    tag = PurePosixPath(name).name.split(".")[1]
    wanted = f"cpython-{sys.version_info[0]}{sys.version_info[1]}-"
    if tag != "abi3" and tag != "so" and not tag.startswith(wanted):
        yield f"{name} is not built for this Python"
