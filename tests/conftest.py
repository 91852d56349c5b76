"""Fixtures that many tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from infra.local.emulator import emulator
from infra.local.stage import provision
from tests.browser import chromium
from tests.local_stage import Stage, local_stage


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
