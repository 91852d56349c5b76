"""The functions of a stage, one row each.

Roles, names, alarms and costs follow these rows; what the templates, the Chalice project and the
routes say of them is held against them (`tests/infra/test_functions.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

APP = "footfall"
MEMORY_MB = 1769
"""A whole CPU (AWS Lambda Developer Guide, "Configure Lambda function memory")."""


@dataclass(frozen=True, slots=True)
class Function:
    """`name` is the one of its function in `app.py`, `minute` the one of each hour at which it runs
    (None: when it is asked), `alarm` what the operator is told after errors in two of three hours.
    """

    name: str
    timeout_s: int
    minute: int | None = None
    alarm: str = ""

    @property
    def resource(self) -> str:
        """How resources of its own begin in templates: `ApiHandler`, `Seal`."""
        return "".join(word.title() for word in self.name.split("_"))

    @property
    def role(self) -> str:
        """The output of `template.yaml` with its role's ARN."""
        return f"{self.resource}RoleArn"

    def name_in(self, stage: str) -> str:
        """Lambda's name: `footfall-prod` for the routes, else `footfall-prod-seal`."""
        return f"{APP}-{stage}" if self.minute is None else f"{APP}-{stage}-{self.name}"


ROUTES = Function("api_handler", 29)
SCHEDULED = (
    Function(
        "seal",
        900,
        minute=20,
        alarm="Hours were not sealed in two of three hours; reports stay right but slow down. "
        "Events are kept for 35 days.",
    ),
    Function(
        "maintain",
        900,
        minute=50,
        alarm="Erasures or retention were not carried out in two of three hours; reports leave "
        "erased visitors out meanwhile.",
    ),
)
FUNCTIONS = (ROUTES, *SCHEDULED)
