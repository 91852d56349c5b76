"""Credentials that no account knows: requests are signed as in production."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="package")
def credentials() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "a")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "b")
        yield
