"""The operator's commands against a deployed stage: `python -m infra.operate --stage prod status`.

Finds the stage's tables and bucket by its stack, in the account and region that AWS's own
variables name, and hands the rest to `chalicelib.admin`.
"""

from __future__ import annotations

import argparse
import os
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.functions import VARIABLES
from infra.stacks import Stacks


def main() -> int:
    """The command's own exit code; 2 where there is no such stage."""
    parser = argparse.ArgumentParser("footfall", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("command", nargs=argparse.REMAINDER, help="--help tells which")
    given = parser.parse_args()
    try:
        outputs = Stacks(boto3.client("cloudformation"), print).outputs(f"footfall-{given.stage}")
    except (BotoCoreError, ClientError) as error:
        print(f"the stage's stack cannot be read: {error}", file=sys.stderr)
        return 2
    if not outputs:
        print(f"there is no stage {given.stage!r}", file=sys.stderr)
        return 2
    os.environ |= {name: outputs[key] for name, key in VARIABLES.items()}
    # Only now: its settings are the environment's.
    from chalicelib import admin

    return admin.main(given.command)


if __name__ == "__main__":
    sys.exit(main())
