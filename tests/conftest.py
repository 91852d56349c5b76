"""Fixtures that many tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from infra.local.emulator import emulator
from infra.local.stage import provision
from tests.harness.browser import chromium
from tests.harness.local_stage import Stage, local_stage

# Time is measured in benchmarks: on a busy machine any example may take long.
settings.register_profile("facts", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("facts")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A local stage with an empty store, one for each test module."""
    with local_stage() as running:
        yield running


@pytest.fixture(scope="module")
def emulated() -> Iterator[None]:
    """The template's stack in emulated AWS, which the environment points to meanwhile."""
    before = dict(os.environ)
    try:
        with emulator() as endpoint:
            provision(endpoint)
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one Chromium of all tests; each opens a context of its own."""
    with chromium() as started:
        yield started
