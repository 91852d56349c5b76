"""Fixtures that many tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.local_stage import Stage, local_stage


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A local stage with an empty store, one for each test module."""
    with local_stage() as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one Chromium of all tests; each opens a context of its own."""
    with chromium() as started:
        yield started
