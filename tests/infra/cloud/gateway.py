"""MiniStack with the two API Gateway calls that Chalice makes and MiniStack 1.5.33 lacks.

`chalice deploy` hands over its REST API as one OpenAPI document: ImportRestApi the first time,
PutRestApi after that. MiniStack answers the first with an empty API and refuses the second. Here
both become the single calls it does have (resources, methods, integrations, responses), made to
MiniStack's own front door with the caller's signature; nothing inside it is touched.

Serve: `.venv-cloud/bin/python -m hypercorn tests.infra.cloud.gateway:app --bind 127.0.0.1:PORT`
"""

import json
from urllib.parse import parse_qs, quote

from ministack.app import app as ministack

VERBS = frozenset({"get", "put", "post", "delete", "options", "head", "patch"})
PER_BODY_HEADERS = frozenset(
    {b"content-length", b"content-type", b"content-encoding", b"transfer-encoding", b"expect"}
)


class Refused(Exception):
    """MiniStack refused a step; the caller of the import must see which."""


class Caller:
    """Makes further calls in the name of the request that is being answered."""

    def __init__(self, scope):
        self.scope = scope
        self.headers = [(k, v) for k, v in scope["headers"] if k.lower() not in PER_BODY_HEADERS]

    async def call(self, method, path, document=None, query=b""):
        """The decoded answer of one call; raises Refused for any error status."""
        given = {key: value for key, value in (document or {}).items() if value is not None}
        body = json.dumps(given).encode() if document is not None else b""
        status, answer = await self._send(method, path, body, query)
        if status >= 400:
            raise Refused(f"{method} {path}: {status} {answer[:300]!r}")
        return json.loads(answer) if answer.strip() else {}

    async def _send(self, method, path, body, query):
        length = str(len(body)).encode()
        headers = [
            *self.headers,
            (b"content-type", b"application/json"),
            (b"content-length", length),
        ]
        scope = dict(
            self.scope,
            method=method,
            path=path,
            raw_path=quote(path).encode(),
            query_string=query,
            headers=headers,
        )
        status, chunks = 0, []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            nonlocal status
            status = message.get("status", status)
            chunks.append(message.get("body", b""))

        await ministack(scope, receive, send)
        return status, b"".join(chunks)


async def apply_document(caller, api, document):
    """Make every resource and method of the document in an API that has none."""
    resources = (await caller.call("GET", f"{api}/resources", query=b"limit=500"))["item"]
    ids = {resource["path"]: resource["id"] for resource in resources}
    for path, methods in document.get("paths", {}).items():
        resource = await resource_of(caller, api, ids, path)
        for verb in VERBS & methods.keys():
            at = f"{api}/resources/{resource}/methods/{verb.upper()}"
            await make_method(caller, at, methods[verb])


async def resource_of(caller, api, ids, path):
    """The id of the resource at `path`, made with its parents where absent."""
    parent, at = ids["/"], ""
    for segment in filter(None, path.split("/")):
        at += f"/{segment}"
        if at not in ids:
            made = await caller.call("POST", f"{api}/resources/{parent}", {"pathPart": segment})
            ids[at] = made["id"]
        parent = ids[at]
    return parent


async def make_method(caller, at, operation):
    await caller.call("PUT", at, {"authorizationType": "NONE", "apiKeyRequired": False})
    integration = operation["x-amazon-apigateway-integration"]
    await caller.call(
        "PUT",
        f"{at}/integration",
        {
            "type": integration["type"].upper(),
            "httpMethod": integration.get("httpMethod"),
            "uri": integration.get("uri"),
            "requestTemplates": integration.get("requestTemplates"),
            "passthroughBehavior": integration.get("passthroughBehavior", "").upper() or None,
            "contentHandling": integration.get("contentHandling"),
        },
    )
    if integration["type"] == "mock":  # a preflight, answered by the gateway alone
        await make_mock_answers(caller, at, operation, integration)


async def make_mock_answers(caller, at, operation, integration):
    for status, answer in operation.get("responses", {}).items():
        names = {f"method.response.header.{name}": False for name in answer.get("headers", {})}
        await caller.call("PUT", f"{at}/responses/{status}", {"responseParameters": names})
    for pattern, answer in integration.get("responses", {}).items():
        await caller.call(
            "PUT",
            f"{at}/integration/responses/{answer['statusCode']}",
            {
                "selectionPattern": "" if pattern == "default" else pattern,
                "responseParameters": answer.get("responseParameters"),
                "responseTemplates": answer.get("responseTemplates"),
            },
        )


async def import_api(caller, document, query):
    """A new API as the document says it."""
    kinds = query.get("endpointConfigurationTypes", ["REGIONAL"])
    made = await caller.call(
        "POST",
        "/restapis",
        {
            "name": document["info"]["title"],
            "version": document["info"].get("version"),
            "binaryMediaTypes": document.get("x-amazon-apigateway-binary-media-types"),
            "endpointConfiguration": {"types": kinds},
        },
    )
    await apply_document(caller, f"/restapis/{made['id']}", document)
    return made


async def put_api(caller, api, document):
    """The same API emptied and made anew, as mode=overwrite does; gateway responses go too."""
    resources = (await caller.call("GET", f"{api}/resources", query=b"limit=500"))["item"]
    for resource in sorted(resources, key=lambda resource: -len(resource["path"])):
        if resource["path"] != "/":
            await caller.call("DELETE", f"{api}/resources/{resource['id']}")
    responses = (await caller.call("GET", f"{api}/gatewayresponses")).get("item", [])
    for response in responses:
        if not response.get("defaultResponse"):
            await caller.call("DELETE", f"{api}/gatewayresponses/{response['responseType']}")
    await apply_document(caller, api, document)
    return await caller.call("GET", api)


async def whole_body(receive):
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return json.loads(body)


async def app(scope, receive, send):
    """MiniStack, save for ImportRestApi and PutRestApi."""
    if scope["type"] != "http":
        return await ministack(scope, receive, send)
    path = scope["path"].rstrip("/")
    query = parse_qs(scope.get("query_string", b"").decode())
    importing = (scope["method"], path) == ("POST", "/restapis") and query.get("mode") == ["import"]
    putting = scope["method"] == "PUT" and path.count("/") == 2 and path.startswith("/restapis/")
    if not importing and not putting:
        return await ministack(scope, receive, send)
    caller = Caller(scope)
    document = await whole_body(receive)
    try:
        if importing:
            status, answer = 201, await import_api(caller, document, query)
        else:
            status, answer = 200, await put_api(caller, path, document)
    except Refused as refused:
        status, answer = 400, {"message": str(refused)}
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})
    return None
