"""The house: who may import whom, and what stays out of the repository."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# A module may import modules of its own rank or lower, never higher.
RANKS = [
    ("model", "spans", "settings", "logs"),
    ("parts", "manifest", "budgets", "enrich", "query"),
    ("access", "store"),
    ("columns", "reader", "collect", "seal", "report", "history", "umami", "verify", "usage"),
    (
        "domains",
        "forms",
        "openapi_pieces",
        "openapi_admin",
        "openapi",
        "administer",
        "erase",
        "protection",
        "privacy",
    ),
    ("wiring",),
    ("http", "admin_access", "admin", "app"),
]
RANK = {name: rank for rank, names in enumerate(RANKS) for name in names}

ONLY_IN = {
    "boto3": ("chalicelib/store/", "chalicelib/wiring.py"),
    "botocore": ("chalicelib/store/", "chalicelib/wiring.py"),
    "duckdb": ("chalicelib/query/engine.py",),
    "chalice": ("app.py", "chalicelib/http.py"),
}


def modules() -> list[str]:
    paths = [ROOT / "app.py", *sorted((ROOT / "chalicelib").rglob("*.py"))]
    return [str(path.relative_to(ROOT)) for path in paths if path.name != "__init__.py"]


def imported(path: str) -> set[str]:
    """Dotted names that a file imports, wherever in it the import stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(dotted: str) -> str:
    """`chalicelib.enrich.page.path_of` and `chalicelib/enrich/page.py` both live in `enrich`."""
    parts = dotted.removesuffix(".py").replace("/", ".").split(".")
    return parts[1] if parts[0] == "chalicelib" and len(parts) > 1 else parts[0]


@pytest.mark.parametrize("path", modules())
def test_imports_point_one_way(path: str) -> None:
    own = RANK[room(path)]
    ours = {name for name in imported(path) if name.startswith("chalicelib.")}
    assert {name for name in ours if RANK[room(name)] > own} == set()


@pytest.mark.parametrize("path", modules())
def test_each_outside_library_has_one_place(path: str) -> None:
    for library, places in ONLY_IN.items():
        used = any(name.split(".")[0] == library for name in imported(path))
        assert not used or path.startswith(places), f"{path} imports {library}"


@pytest.mark.parametrize("path", modules())
def test_the_environment_is_read_in_settings_and_the_clock_made_in_app(path: str) -> None:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    uses = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    environment = {"os.environ", "os.getenv"} & uses
    clocks = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "date.today"} & uses
    assert not environment or path == "chalicelib/settings.py"
    assert not clocks or path in ("app.py", "chalicelib/admin.py")


def test_the_house_in_contributing_names_every_module() -> None:
    house = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("```")[1]
    words = set(re.findall(r"\w+", house))
    assert {Path(path).stem for path in modules()} - words == set()


def test_documents_name_no_make_target_that_does_not_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for name in (name for name in tracked_files() if name.endswith(".md")):
        named = re.findall(
            r"^make ([a-z-]+)|`make ([a-z-]+)", (ROOT / name).read_text("utf-8"), re.MULTILINE
        )
        assert {one or other for one, other in named} - targets == set(), name


def tracked_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    return [name for name in listed.stdout.split("\0") if name]


def test_no_lock_file_names_a_download_address() -> None:
    locks = [name for name in tracked_files() if name.endswith((".txt", "-lock.json"))]
    assert "package-lock.json" in locks
    for name in locks:
        text = (ROOT / name).read_text("utf-8")
        assert '"resolved": "http' not in text, name
        assert "--index-url" not in text, name
