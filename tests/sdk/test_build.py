"""What the build leaves: files within their budgets, hashes that fit, types for the package."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.sdk.bench import WEIGH
from tests.sdk.collector import DIST

SDK = DIST.parent


@pytest.mark.parametrize(("name", "promised"), [("sdk.js", 2350), ("sdk.core.js", 1900)])
def test_a_file_weighs_no_more_than_promised(name: str, promised: int) -> None:
    weighed = subprocess.run(
        ["node", "-e", WEIGH, str(DIST / name)], capture_output=True, text=True, check=True
    )
    assert int(weighed.stdout) <= promised


def test_the_hashes_are_those_of_the_files() -> None:
    stated = json.loads((DIST / "integrity.json").read_text())
    assert {"sdk.js", "sdk.core.js", "vitals.js", "forms.js", "search.js", "not_found.js"} == set(
        stated
    )
    for name, integrity in stated.items():
        digest = hashlib.sha384((DIST / name).read_bytes()).digest()
        assert integrity == f"sha384-{base64.b64encode(digest).decode()}"


def test_the_package_has_types_and_its_four_functions() -> None:
    module = (DIST / "npm" / "index.js").read_text()
    types = (DIST / "npm" / "index.d.ts").read_text()
    for name in ("init", "event", "optIn", "optOut"):
        assert re.search(rf"\bas {name}\b", module)
        assert name in types


@pytest.mark.parametrize("name", ["sdk.js", "sdk.core.js"])
def test_a_byte_over_the_budget_fails_the_build(name: str, tmp_path: Path) -> None:
    copy = tmp_path / "sdk"
    shutil.copytree(SDK, copy, ignore=shutil.ignore_patterns("dist", "node_modules"))
    (tmp_path / "node_modules").symlink_to(SDK.parent / "node_modules")
    script = copy / "build.mjs"
    tight = re.sub(rf'("{re.escape(name)}".*budget: )\d+', r"\g<1>1000", script.read_text())
    script.write_text(tight)
    built = subprocess.run(
        ["node", str(script)], capture_output=True, text=True, check=False, timeout=120
    )
    assert built.returncode == 1
    assert "over budget" in built.stderr
