"""CloudFormation stacks, brought to what a template says or removed, from whatever state.

Every change goes through a change set, so that nothing to change is known before anything is
touched, and so that tables and buckets which an earlier `destroy` kept are taken in again.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import ClientError

Say = Callable[[str], None]

POLL_SECONDS = 2.0

BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")


class StackFailed(Exception):
    """CloudFormation refused; the message says which resource and why."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What one stack is to be: `parameters` are given now, all others keep their last value."""

    name: str
    template: Path
    parameters: Mapping[str, str]


class Stacks:
    """Stacks of one account and region; `client` is boto3's `cloudformation` client."""

    def __init__(self, client: Any, say: Say, poll_seconds: float = POLL_SECONDS) -> None:
        self.client = client
        self.say = say
        self.poll_seconds = poll_seconds

    def apply(self, stack: Stack) -> dict[str, str]:
        """Create or update the stack and return its outputs; nothing is touched if none differs.

        Raises StackFailed with the first resource's reason; a stack left half made by an earlier
        run is waited for, or removed and made again where it never was complete.
        """
        status = self._settled_status(stack.name)
        if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"):
            self.say(f"removing what an earlier attempt left ({status})")
            self.remove(stack.name)
            status = ""
        creating = status in ("", "REVIEW_IN_PROGRESS")
        change_set = self._propose(stack, creating)
        if change_set:
            self._execute(stack.name, change_set)
        return self.outputs(stack.name)

    def outputs(self, name: str) -> dict[str, str]:
        """The stack's outputs; empty where there is no such stack."""
        found = self._describe(name)
        return {o["OutputKey"]: o["OutputValue"] for o in (found or {}).get("Outputs", [])}

    def status(self, name: str) -> str:
        """CloudFormation's status word; empty where there is no such stack."""
        found = self._describe(name)
        return str(found["StackStatus"]) if found else ""

    def remove(self, name: str) -> None:
        """Delete the stack and wait; nothing to do where there is none. Retained data stays."""
        if not self._settled_status(name):
            return
        self.client.delete_stack(StackName=name)
        if self._settled_status(name):
            raise StackFailed(f"{name} could not be removed: {self._reason(name)}")

    def _describe(self, name: str) -> dict[str, Any] | None:
        try:
            (found,) = self.client.describe_stacks(StackName=name)["Stacks"]
        except ClientError as refused:
            if "does not exist" in str(refused):
                return None
            raise
        return None if found["StackStatus"] == "DELETE_COMPLETE" else dict(found)

    def _settled_status(self, name: str) -> str:
        status, seen = self.status(name), ""
        while status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            if status != seen:
                self.say(f"{name}: {status.lower().replace('_', ' ')}")
            seen = status
            time.sleep(self.poll_seconds)
            status = self.status(name)
        return status

    def _propose(self, stack: Stack, creating: bool) -> str:
        name = f"footfall-{uuid.uuid4().hex[:12]}"
        self.client.create_change_set(
            StackName=stack.name,
            ChangeSetName=name,
            ChangeSetType="CREATE" if creating else "UPDATE",
            TemplateBody=stack.template.read_text("utf-8"),
            Parameters=self._parameters(stack),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            ImportExistingResources=True,
        )
        found = self.client.describe_change_set(StackName=stack.name, ChangeSetName=name)
        while found["Status"] in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            time.sleep(self.poll_seconds)
            found = self.client.describe_change_set(StackName=stack.name, ChangeSetName=name)
        if found["Status"] == "CREATE_COMPLETE":
            self.say(f"{stack.name}: {len(found['Changes'])} changes")
            return name
        reason = found.get("StatusReason", "")
        self.client.delete_change_set(StackName=stack.name, ChangeSetName=name)
        # The only sign of "nothing to do" is the wording of the reason (two wordings exist).
        if "didn't contain changes" in reason or "No updates are to be performed" in reason:
            self.say(f"{stack.name}: nothing to change")
            return ""
        raise StackFailed(f"{stack.name}: {reason}")

    def _parameters(self, stack: Stack) -> list[dict[str, Any]]:
        known = declared(stack.template)
        before = (self._describe(stack.name) or {}).get("Parameters", [])
        kept = {parameter["ParameterKey"] for parameter in before} & known.keys()
        return [
            {"ParameterKey": name, "ParameterValue": stack.parameters[name]}
            if name in stack.parameters
            else {"ParameterKey": name, "UsePreviousValue": True}
            for name in sorted(kept | stack.parameters.keys())
        ]

    def _execute(self, name: str, change_set: str) -> None:
        self.client.execute_change_set(StackName=name, ChangeSetName=change_set)
        status = self._settled_status(name)
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"):
            raise StackFailed(f"{name} is {status}: {self._reason(name)}")

    def _reason(self, name: str) -> str:
        why = "no resource says why"
        for event in self.client.describe_stack_events(StackName=name)["StackEvents"]:
            status, resource = event["ResourceStatus"], event["LogicalResourceId"]
            if status.endswith("_FAILED") and resource != name:
                why = f"{resource}: {event.get('ResourceStatusReason', '')}"
            if resource == name and status in BEGINNINGS:
                break  # newest come first: what is older belongs to an earlier operation
        return why


def declared(template: Path) -> dict[str, Any]:
    """The template's parameters by name."""
    return dict(load_template(template)["Parameters"])


class _Intrinsics(yaml.SafeLoader):
    """YAML with CloudFormation's short forms (!Ref, !Sub, ...), whose meaning is not needed."""


_Intrinsics.add_multi_constructor("!", lambda *_: None)


def load_template(template: Path) -> dict[str, Any]:
    """A template as plain values; what a short form stands for is left out."""
    return dict(yaml.load(template.read_text("utf-8"), _Intrinsics))
