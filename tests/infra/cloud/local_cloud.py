"""MiniStack as a process of its own on loopback, with IAM enforced; gone with its block."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import botocore

from infra.local.emulator import free_port

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-cloud" / "bin" / "python"
REGION = "eu-central-1"
START_SECONDS = 60


@contextmanager
def local_cloud(folder: Path) -> Iterator[dict[str, str]]:
    """Start the local cloud; yields the environment in which AWS means it.

    Raises RuntimeError with the end of its log where it does not answer within a minute.
    """
    port, log = free_port(), folder / "ministack.log"
    endpoint = f"http://127.0.0.1:{port}"
    command = [str(PYTHON), "-m", "hypercorn", "tests.infra.cloud.gateway:app"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}"],
            cwd=ROOT,
            env=_settings(folder, port),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, endpoint, log)
            yield _environment(folder, endpoint)
        finally:
            process.terminate()
            process.wait()


def _settings(folder: Path, port: int) -> dict[str, str]:
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "LAMBDA_EXECUTOR": "local",
        "PERSIST_STATE": "0",
        # Both listen on every interface otherwise.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "MINISTACK_REGION": REGION,
        "S3_DATA_DIR": str(folder / "s3"),
        "STATE_DIR": str(folder / "state"),
        "TMPDIR": str(folder),
    }


def _environment(folder: Path, endpoint: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DATA_PATH": str(impatient_waiters(folder)),
    }


def impatient_waiters(folder: Path) -> Path:
    """botocore's Lambda waiters looking every 0.1 s: with 5 s, a deployment takes a minute."""
    (found,) = (Path(botocore.__file__).parent / "data" / "lambda").glob("*/waiters-2.json*")
    waiters = json.loads(_read(found))
    for waiter in waiters["waiters"].values():
        waiter["delay"] = 0.1
    target = folder / "botodata" / "lambda" / found.parent.name / "waiters-2.json"
    target.parent.mkdir(parents=True)
    target.write_text(json.dumps(waiters))
    return folder / "botodata"


def _read(file: Path) -> bytes:
    import gzip

    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


def _wait(process: subprocess.Popen[bytes], endpoint: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"MiniStack did not start:\n{log.read_text()[-2000:]}")
