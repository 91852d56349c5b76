"""A goal: what was measured beside what was aimed at, and the page that keeps the results."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure. It is met when it is no larger than its target, in the same unit."""

    name: str
    measured: float
    target: float
    unit: str
    made_of: str = ""
    """What the figure consists of, by measurement: shown where the goal is not met."""

    def line(self) -> str:
        verdict = "MET" if self.measured <= self.target else "UNMET"
        return (
            f"GOAL {self.name} {_text(self.measured)}{self.unit} {self.target}{self.unit} {verdict}"
        )


@dataclass(frozen=True, slots=True)
class Findings:
    """What one benchmark gives: its goals, and lines that say more than a goal can."""

    title: str
    goals: Sequence[Goal]
    notes: Sequence[str] = ()


def machine() -> str:
    """What the figures were measured on."""
    names = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in names if "model name" in line), "?")
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    )


def page(findings: Iterable[Findings]) -> str:
    """RESULTS.md: the last whole run."""
    today = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    lines = [
        "# Results of `make bench`",
        "",
        f"{today} · {machine()}",
        "",
        "CPU time of one process, not wall time; medians of alternating rounds; targets are upper",
        "bounds. Written by `make bench`; figures move by a third with what else the machine does.",
    ]
    for found in findings:
        lines += ["", f"## {found.title}", "", "```", *(goal.line() for goal in found.goals), "```"]
        lines += [""] * bool(found.notes) + [f"- {note}" for note in found.notes]
        lines += [
            f"- **{goal.name} is not met.** {goal.made_of}"
            for goal in found.goals
            if goal.measured > goal.target
        ]
    return "\n".join(lines) + "\n"


def _text(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
