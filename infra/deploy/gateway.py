"""What Chalice cannot say of its API: throttling by method, and API Gateway's own answers.

Both stand in infra/api.json, which is merged into the SAM template of `chalice package`. `chalice
deploy` takes no such thing and wipes the answers each time, so they are put in place after it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Document = dict[str, Any]


def properties(file: Path) -> Document:
    """The API's properties in infra/api.json: MethodSettings and DefinitionBody."""
    document = json.loads(file.read_text("utf-8"))
    return dict(document["Resources"]["RestAPI"]["Properties"])


def put_answers(client: Any, api: str, stage: str, wanted: Document) -> None:
    """Make API Gateway's own errors speak as the contract's do, readable across origins."""
    responses = wanted["DefinitionBody"]["x-amazon-apigateway-gateway-responses"]
    for kind, response in responses.items():
        client.put_gateway_response(restApiId=api, responseType=kind, **response)
    # An answer counts only from the next deployment on.
    client.create_deployment(restApiId=api, stageName=stage)


def throttle(client: Any, api: str, stage: str, wanted: Document) -> int:
    """Set the limits that differ, in requests a second; returns how many were set."""
    found = client.get_stage(restApiId=api, stageName=stage).get("methodSettings", {})
    now = {plain(method): settings for method, settings in found.items()}
    operations = []
    for setting in wanted["MethodSettings"]:
        method = f"{setting['ResourcePath']}/{setting['HttpMethod']}"
        for name, read in (("Rate", "throttlingRateLimit"), ("Burst", "throttlingBurstLimit")):
            value = setting[f"Throttling{name}Limit"]
            if now.get(plain(method), {}).get(read) != value:
                path = f"{method}/throttling/{name.lower()}Limit"
                operations.append({"op": "replace", "path": path, "value": str(value)})
    if operations:
        client.update_stage(restApiId=api, stageName=stage, patchOperations=operations)
    return len(operations)


def plain(method: str) -> str:
    """`api/collect/POST`, whether it was given so, as `/~1api~1collect/POST` or `~1api...`."""
    return method.replace("~1", "/").lstrip("/")
