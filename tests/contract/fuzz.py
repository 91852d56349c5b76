"""Schemathesis against a local stage and the document that it serves: `make fuzz-api`.

Every operation but deletions, which would take away what the others ask for; the matrix of routes
has those. Further arguments go to schemathesis: `python -m tests.contract.fuzz --include-path ...`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.harness.local_stage import local_stage
from tests.test_stage import example

HERE = Path(__file__).parent
COMMAND = HERE.parents[1] / ".venv-contract/bin/schemathesis"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "ignored_auth",
)


def main() -> int:
    """Schemathesis' own exit code: 0 if every answer was as the document has it."""
    with local_stage(FOOTFALL_LIMITS="0") as stage:
        stage.collect(example())
        arguments = [
            *("--config-file", str(HERE / "schemathesis.toml")),
            *("run", f"{stage.origin}/api/openapi.json"),
            *("--header", f"Authorization: Bearer {stage.token}"),
            *("--checks", ",".join(CHECKS)),
            *("--phases", "examples,coverage,fuzzing"),
            *("--max-examples", "50"),
            *("--exclude-method", "DELETE"),
            *sys.argv[1:],
        ]
        return subprocess.run([str(COMMAND), *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
