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

from infra.deploy.chalice_project import VARIABLES
from infra.deploy.stacks import Stacks


class NoStage(Exception):
    """The stage's stack is not there, or cannot be read; the message says which."""


def enter(stage: str) -> None:
    """Gives this process the environment of the stage's functions. Raises NoStage."""
    try:
        outputs = Stacks(boto3.client("cloudformation"), print).outputs(f"footfall-{stage}")
    except (BotoCoreError, ClientError) as error:
        raise NoStage(f"the stage's stack cannot be read: {error}") from error
    if not outputs:
        raise NoStage(f"there is no stage {stage!r}")
    os.environ |= {name: outputs[key] for name, key in VARIABLES.items()}


def main() -> int:
    """The command's own exit code; 2 where there is no such stage. Help needs no stage."""
    parser = argparse.ArgumentParser("footfall", add_help=False, allow_abbrev=False)
    parser.add_argument("--stage")
    given, command = parser.parse_known_args()
    if command and not {"-h", "--help"} & {*command}:
        if not given.stage:
            parser.error("--stage NAME says which stage")
        try:
            enter(given.stage)
        except NoStage as reason:
            print(reason, file=sys.stderr)
            return 2
    # Only now: its settings are the environment's.
    from infra.operate import commands

    return commands.main(command or ["--help"])
