"""What may be uploaded as a function's code, on zips made for the purpose."""

from __future__ import annotations

import importlib.metadata
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.deploy import bundle

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements.txt"
TAG = f"cpython-{sys.version_info[0]}{sys.version_info[1]}"


def elf(machine: int) -> bytes:
    return b"\x7fELF" + bytes(14) + machine.to_bytes(2, "little")


def contents(architecture: str) -> dict[str, bytes]:
    """A good zip's members: the locked distributions with the native modules they have here."""
    held = {"app.py": b"", "chalice/app.py": b"", "chalicelib/__init__.py": b""}
    locked = bundle.PINNED.findall(REQUIREMENTS.read_text("utf-8"))
    for name in locked:
        held[f"{name.replace('-', '_')}-1.0.dist-info/METADATA"] = b""
        for file in importlib.metadata.files(name) or []:
            if file.suffix == ".so":
                held[str(file)] = elf(bundle.MACHINES[architecture])
    return held


def zipped(folder: Path, members: Mapping[str, bytes]) -> Path:
    target = folder / "deployment.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_a_zip_with_every_locked_part_is_good(tmp_path: Path, architecture: str) -> None:
    package = zipped(tmp_path, contents(architecture))
    facts = bundle.check(package, architecture, REQUIREMENTS)
    assert len(facts.native) == 3
    assert facts.zipped == package.stat().st_size


@pytest.mark.parametrize("native", [name for name in contents("arm64") if name.endswith(".so")])
def test_a_native_module_that_chalice_left_out_is_named(tmp_path: Path, native: str) -> None:
    members = contents("arm64")
    del members[native]
    with pytest.raises(bundle.BadBundle, match=native.split(".")[0]):
        bundle.check(zipped(tmp_path, members), "arm64", REQUIREMENTS)


def test_a_distribution_that_chalice_left_out_is_named(tmp_path: Path) -> None:
    members = contents("arm64")
    del members["tzdata-1.0.dist-info/METADATA"]
    with pytest.raises(bundle.BadBundle, match="tzdata is missing"):
        bundle.check(zipped(tmp_path, members), "arm64", REQUIREMENTS)


def test_a_module_for_another_processor_is_refused(tmp_path: Path) -> None:
    with pytest.raises(bundle.BadBundle, match=r"_duckdb\S* is not built for arm64"):
        bundle.check(zipped(tmp_path, contents("x86_64")), "arm64", REQUIREMENTS)


def test_a_module_for_another_python_is_refused(tmp_path: Path) -> None:
    members = {name.replace(TAG, "cpython-39"): body for name, body in contents("arm64").items()}
    with pytest.raises(bundle.BadBundle, match="not built for this Python"):
        bundle.check(zipped(tmp_path, members), "arm64", REQUIREMENTS)


@pytest.mark.parametrize("name", ["boto3/session.py", "botocore/x.py", "tests/test_x.py"])
def test_what_lambda_brings_or_only_tests_need_is_refused(tmp_path: Path, name: str) -> None:
    members = {**contents("arm64"), name: b""}
    with pytest.raises(bundle.BadBundle, match=f"{name} must not be inside"):
        bundle.check(zipped(tmp_path, members), "arm64", REQUIREMENTS)


def test_a_zip_over_the_limit_of_an_upload_is_refused(tmp_path: Path) -> None:
    members = {**contents("arm64"), "large": bytes(bundle.LIMIT_ZIPPED + 1)}
    with pytest.raises(bundle.BadBundle, match="over the 50,000,000 of an upload"):
        bundle.check(zipped(tmp_path, members), "arm64", REQUIREMENTS)


@pytest.mark.parametrize("version", [(3, 12), (3, 13)])
def test_lambda_names_the_pythons_it_can_run(version: tuple[int, int]) -> None:
    assert bundle.runtime(version) == f"python{version[0]}.{version[1]}"


def test_an_older_python_is_refused_with_the_way_out() -> None:
    with pytest.raises(bundle.BadBundle, match=r"needs Python 3.12 or 3.13, this is 3.11"):
        bundle.runtime((3, 11))
