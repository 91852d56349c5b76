"""A goal: what was measured beside what was aimed at; RESULTS.md keeps the last of each."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
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


def section(found: Findings) -> str:
    """A part of RESULTS.md, with its own date: parts may be measured alone."""
    today = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    lines = [f"## {found.title}", "", f"{today} · {machine()} · load {os.getloadavg()[0]:.1f}", ""]
    lines += ["```", *(goal.line() for goal in found.goals), "```", ""]
    lines += [f"- {note}" for note in found.notes]
    lines += [
        f"- **{goal.name} is not met.** {goal.made_of}"
        for goal in found.goals
        if goal.measured > goal.target
    ]
    return "\n".join(lines) + "\n"


def keep(found: Findings, results: Path = RESULTS) -> None:
    """Put the section in the place of the one with the same title, else last."""
    head, *sections = results.read_text(encoding="utf-8").split("\n## ")
    titles = [text.partition("\n")[0] for text in sections]
    new = section(found).removeprefix("## ")
    if found.title in titles:
        sections[titles.index(found.title)] = new
    else:
        sections.append(new)
    text = "\n## ".join([head.rstrip() + "\n", *(each.rstrip() + "\n" for each in sections)])
    results.write_text(text, encoding="utf-8")


def _text(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
