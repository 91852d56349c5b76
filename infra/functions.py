"""The functions of a stage, one row each.

`deploy` gives each its role, `cost` counts the scheduled ones; what the templates, the Chalice
project and the routes say of them is held against these rows (`tests/infra/test_functions.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

APP = "footfall"
MEMORY_MB = 1769
"""A whole CPU (AWS Lambda Developer Guide, "Configure Lambda function memory")."""


@dataclass(frozen=True, slots=True)
class Function:
    """`role` is the output of `template.yaml` with its role, `minute` the one of each hour at which
    it runs (None: when it is asked), `alarm` the one of `edge.yaml` on its errors."""

    name: str
    role: str
    timeout_s: int
    alarm: str
    minute: int | None = None

    def name_in(self, stage: str) -> str:
        """Lambda's name: `footfall-prod` for the routes, else `footfall-prod-seal`."""
        return f"{APP}-{stage}" if self.minute is None else f"{APP}-{stage}-{self.name}"


ROUTES = Function("api_handler", "ApiHandlerRoleArn", 29, "api-fails")
FUNCTIONS = (
    ROUTES,
    Function("seal", "SealRoleArn", 900, "seal-fails", minute=20),
    Function("maintain", "MaintainRoleArn", 900, "maintain-fails", minute=50),
)
SCHEDULED = tuple(function for function in FUNCTIONS if function.minute is not None)
