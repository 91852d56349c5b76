"""What visitors' browsers get from the site bucket, and for how long they keep it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.deploy import publish
from infra.local.emulator import emulator

BUCKET = "site"


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with emulator() as endpoint:
        yield boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )


@pytest.fixture
def bucket(client: Any, request: pytest.FixtureRequest) -> str:
    name = f"{BUCKET}-{abs(hash(request.node.name)) % 10**9}"
    client.create_bucket(Bucket=name)
    return name


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {
        "dashboard_site/dist/index.html": "<html></html>",
        "dashboard_site/dist/assets/app-en-ABCD2345.js": "1",
        "dashboard_site/dist/sizes.json": "{}",
        "sdk/dist/sdk.js": "track()",
        "sdk/dist/npm/package.json": "{}",
        "sdk/dist/.built": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def cached(client: Any, bucket: str) -> dict[str, str]:
    keys = [each["Key"] for each in client.list_objects_v2(Bucket=bucket)["Contents"]]
    return {key: client.head_object(Bucket=bucket, Key=key)["CacheControl"] for key in keys}


def test_only_names_with_a_hash_are_kept_for_ever(client: Any, bucket: str, root: Path) -> None:
    publish.publish(client, bucket, root)
    assert cached(client, bucket) == {
        "index.html": "public, no-cache",
        "assets/app-en-ABCD2345.js": "public, max-age=31536000, immutable",
        "sdk.js": "public, max-age=3600, stale-while-revalidate=86400",
        "sdk-S4FUX5J7.js": "public, max-age=31536000, immutable",
    }


def test_the_page_that_names_the_others_comes_last(client: Any, bucket: str, root: Path) -> None:
    assert publish.publish(client, bucket, root)[-1] == "index.html"


def test_publishing_again_uploads_what_changed_alone(client: Any, bucket: str, root: Path) -> None:
    publish.publish(client, bucket, root)
    assert publish.publish(client, bucket, root) == []
    (root / "sdk/dist/sdk.js").write_text("track(2)")
    again = publish.publish(client, bucket, root)
    assert len(again) == 2
    assert "sdk.js" in again


def test_an_older_pinned_tracker_stays(client: Any, bucket: str, root: Path) -> None:
    publish.publish(client, bucket, root)
    before = set(cached(client, bucket))
    (root / "sdk/dist/sdk.js").write_text("track(2)")
    publish.publish(client, bucket, root)
    assert before < set(cached(client, bucket))


def test_a_wrong_caching_is_put_right(client: Any, bucket: str, root: Path) -> None:
    publish.publish(client, bucket, root)
    client.put_object(
        Bucket=bucket,
        Key="index.html",
        Body=b"<html></html>",
        ContentType="text/html; charset=utf-8",
        CacheControl="max-age=99",
    )
    assert publish.publish(client, bucket, root) == ["index.html"]


def test_nothing_is_published_that_was_not_built(tmp_path: Path) -> None:
    with pytest.raises(publish.NotBuilt, match="make setup"):
        publish.files(tmp_path)


def test_integrity_is_the_hash_that_browsers_check() -> None:
    # printf 'track()' | openssl dgst -sha384 -binary | base64
    expected = "sha384-ttxhHZRw/lju9qTuBS33ICh52tsiCC9PpruSGQPE1MCXEkJAN0UKvpmoO92O5Tyu"
    assert publish.SiteFile("sdk.js", b"track()").integrity == expected
