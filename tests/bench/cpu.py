"""CPU time, measured so that two figures of one run can be compared."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent


def once_s(subject: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    began = time.process_time()
    subject()
    return time.process_time() - began


def alternating_s(
    subjects: Mapping[str, Callable[[], object]], rounds: int, calls: int = 1
) -> dict[str, float]:
    """Median CPU seconds a call; every round runs each subject `calls` times, by turns, so that
    whatever else the machine does falls on all alike."""
    spent: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, subject in subjects.items():
            began = time.process_time()
            for _ in range(calls):
                subject()
            spent[name].append((time.process_time() - began) / calls)
    return {name: statistics.median(times) for name, times in spent.items()}


def peak_mb() -> float:
    """The most memory this process ever held, in MB. (`ru_maxrss` begins with the parent's.)"""
    said = Path("/proc/self/status").read_text()
    return int(said.partition("VmHWM:")[2].split()[0]) / 1024


def child(module: str, *arguments: str, **environment: str) -> Any:
    """What `python -m module` prints as JSON on its last line: a process as fresh as a new
    instance, with a peak of memory of its own."""
    answer = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise RuntimeError(f"{module} {arguments} failed:\n{answer.stderr}")
    return json.loads(answer.stdout.splitlines()[-1])
