"""The house: who may import whom, and what stays out of the repository."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from collections import Counter
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parent.parent

FLOORS = [
    ("model", "settings", "logs"),
    ("enrich", "query", "store"),
    ("engine", "collect", "admin"),
    ("seal", "report"),
    ("privacy", "transfer"),
    ("wiring", "http"),
    ("app",),
    ("infra",),
]
"""Rooms: the folders of `chalicelib` and its single files. A room imports rooms of lower floors."""
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
MOST_ARROWS = 75
MOST_MODULES = 18
MOST_LINES = 250

ONLY_IN = {
    "boto3": ("chalicelib/store/", "chalicelib/wiring.py"),
    "botocore": ("chalicelib/store/", "chalicelib/wiring.py"),
    "duckdb": ("chalicelib/engine/database.py", "chalicelib/engine/engine.py"),
    "chalice": ("app.py", "chalicelib/http/adapter.py"),
}


def modules(*folders: str) -> list[str]:
    """The modules that ship; those of other folders where they are named."""
    paths = sorted(
        path for name in folders or ("chalicelib",) for path in (ROOT / name).rglob("*.py")
    )
    paths += [] if folders else [ROOT / "app.py"]
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
    """`chalicelib.enrich.page.read_page` and `chalicelib/enrich/page.py` both live in `enrich`."""
    parts = dotted.removesuffix(".py").replace("/", ".").split(".")
    return parts[1] if parts[0] == "chalicelib" and len(parts) > 1 else parts[0]


def arrows() -> dict[str, set[str]]:
    """By room the rooms that it imports, of all that is ours."""
    found: dict[str, set[str]] = {}
    for path in modules() + modules("infra"):
        ours = {name for name in imported(path) if name.split(".")[0] in ("chalicelib", "infra")}
        found.setdefault(room(path), set()).update({room(name) for name in ours} - {room(path)})
    return found


def circles(imports: dict[str, set[str]]) -> list[str]:
    """Those that import themselves by a way of any length."""

    def reached(start: str) -> set[str]:
        seen, left = set[str](), [start]
        while left:
            new = imports.get(left.pop(), set()) - seen
            seen |= new
            left += new
        return seen

    return sorted(name for name in imports if name in reached(name))


def test_rooms_import_rooms_of_lower_floors() -> None:
    wrong = [
        f"{above} imports {below}"
        for above, rooms in arrows().items()
        for below in rooms
        if FLOOR[below] >= FLOOR[above]
    ]
    assert wrong == []


def test_there_are_few_ways_between_rooms() -> None:
    assert sum(map(len, arrows().values())) <= MOST_ARROWS


def test_no_module_imports_itself_in_a_circle() -> None:
    names = {
        path.removesuffix(".py").replace("/", "."): path for path in modules() + modules("infra")
    }
    imports = {
        name: {module for each in imported(path) for module in (each, each.rpartition(".")[0])}
        & names.keys()
        for name, path in names.items()
    }
    assert circles(imports) == []
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]


def scripts() -> list[str]:
    """The TypeScript that ships; the words of each language are lists."""
    folders = (ROOT / "sdk/src", ROOT / "dashboard_site/src")
    paths = sorted(path for folder in folders for path in folder.rglob("*.ts*"))
    return [str(path.relative_to(ROOT)) for path in paths if "language" not in path.parts]


IMPORT = re.compile(r"""\bfrom\s*["'](\.[^"']+)["']|^import\s*["'](\.[^"']+)["']""", re.MULTILINE)
"""Of a module of ours, types too. What is imported by a call is fetched when it is needed."""


def test_no_script_imports_itself_in_a_circle() -> None:
    imports = {
        path: {
            os.path.normpath(Path(path).parent / (one or other))
            for one, other in IMPORT.findall((ROOT / path).read_text("utf-8"))
        }
        for path in scripts()
    }
    assert sum(map(len, imports.values())) > 100
    assert circles(imports) == []


def test_a_folder_is_seen_at_once_and_a_module_read_in_one_sitting() -> None:
    paths = modules() + modules("infra") + scripts()
    folders = Counter(str(Path(path).parent) for path in paths)
    assert {name: count for name, count in folders.items() if count > MOST_MODULES} == {}
    lines = {path: (ROOT / path).read_text("utf-8").count("\n") for path in paths}
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


PARTICIPLES = {*"kept said held made found given taken shown seen known put".split()}  # noqa: SIM905


def test_functions_are_short_and_their_names_are_verbs_with_objects() -> None:
    functions = [
        node
        for path in modules()
        for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    lengths = sorted((node.end_lineno or 0) - node.lineno + 1 for node in functions)
    names = [node.name.strip("_") for node in functions if not node.name.startswith("__")]
    one_word = [name for name in names if "_" not in name]
    participles = [n for n in one_word if n.endswith("ed") or n in PARTICIPLES]
    print(
        f"{len(functions)} functions: median {median(lengths)} lines, "
        f"p90 {lengths[len(lengths) * 9 // 10]}, {sum(n > 30 for n in lengths)} over 30; "
        f"one word {len(one_word) / len(names):.1%}, "
        f"participles {len(participles) / len(names):.1%}"
    )
    assert median(lengths) <= 7
    assert lengths[len(lengths) * 9 // 10] <= 15
    assert sum(length > 30 for length in lengths) <= 8
    assert len(one_word) / len(names) < 0.45
    assert len(participles) / len(names) < 0.02


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
    assert not clocks or path == "app.py"


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
