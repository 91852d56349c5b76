"""A stand-in for CloudFront: serves a distribution by the configuration that the account holds.

What it honours is what the stage relies on: the order of behaviours, which headers an origin
request policy lets through, OriginPath, the origin's own headers, the default root object and
response headers. It caches nothing and speaks plain HTTP.
"""

from __future__ import annotations

import fnmatch
import http.client
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError

# The managed policies named in infra/edge.yaml, by their fixed ids (CloudFront's documentation).
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"
HOP_BY_HOP = {"host", "connection", "keep-alive", "transfer-encoding", "content-length", "date"}
ALWAYS_SENT = {"content-type", "content-encoding"}


class Edge(ThreadingHTTPServer):
    """The distribution of one stage, on a port of loopback."""

    daemon_threads = True

    def __init__(self, session: Any, endpoint: str, comment: str) -> None:
        self.session = session
        self.endpoint = urlsplit(endpoint).netloc
        self.comment = comment
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @cached_property
    def configuration(self) -> dict[str, Any]:
        """As the account has it when the first request comes."""
        client = self.session.client("cloudfront")
        found = client.list_distributions()["DistributionList"].get("Items", [])
        (ours,) = [each for each in found if each["Comment"] == self.comment]
        return dict(client.get_distribution_config(Id=ours["Id"])["DistributionConfig"])

    def forwarded(self, policy: str, headers: Mapping[str, str], address: str) -> dict[str, str]:
        """The viewer's headers that reach the origin, with what CloudFront adds for the policy."""
        viewer = {name.lower(): value for name, value in headers.items()}
        if policy == ALL_VIEWER_EXCEPT_HOST:
            return {name: value for name, value in viewer.items() if name not in HOP_BY_HOP}
        found = self.policy("get_origin_request_policy", policy)
        config = found["OriginRequestPolicy"]["OriginRequestPolicyConfig"]["HeadersConfig"]
        names = {name.lower() for name in config["Headers"]["Items"]} | ALWAYS_SENT
        said = {n: value for n, value in viewer.items() if not n.startswith("cloudfront-")}
        added = {"cloudfront-viewer-address": address, "cloudfront-viewer-country": "DE"}
        return {name: value for name, value in (said | added).items() if name in names}

    @cache  # noqa: B019 - one server, gone with its test
    def policy(self, operation: str, policy: str) -> dict[str, Any]:
        """A policy of the account, asked for once."""
        return dict(getattr(self.session.client("cloudfront"), operation)(Id=policy))

    @cached_property
    def s3(self) -> Any:
        return self.session.client("s3")

    def response_headers(self, policy: str) -> dict[str, str]:
        """The headers that a response headers policy adds."""
        if policy == SECURITY_HEADERS:
            return {"X-Content-Type-Options": "nosniff"}
        found = self.policy("get_response_headers_policy", policy)
        config = found["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
        custom = config.get("CustomHeadersConfig", {}).get("Items", [])
        headers = {item["Header"]: item["Value"] for item in custom}
        security = config["SecurityHeadersConfig"]
        if "ContentSecurityPolicy" in security:
            csp = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
            headers["Content-Security-Policy"] = csp
        if "CorsConfig" in config:
            (origin,) = config["CorsConfig"]["AccessControlAllowOrigins"]["Items"]
            headers["Access-Control-Allow-Origin"] = origin
        return headers


def behaviour_of(path: str, behaviours: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The first behaviour whose pattern is the path's; None leaves it to the default one."""
    matching = (each for each in behaviours if fnmatch.fnmatchcase(path, each["PathPattern"]))
    return next(matching, None)


@contextmanager
def edge(environment: Mapping[str, str], comment: str) -> Iterator[Edge]:
    """The stand-in serving, until the block ends."""
    session = boto3.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_DEFAULT_REGION"],
    )
    server = Edge(session, environment["AWS_ENDPOINT_URL"], comment)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Edge

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a failing test shows what it saw."""

    def _serve(self) -> None:
        config = self.server.configuration
        path = urlsplit(self.path).path
        behaviours = config["CacheBehaviors"]["Items"]
        behaviour = behaviour_of(path, behaviours) or config["DefaultCacheBehavior"]
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        origin = {each["Id"]: each for each in config["Origins"]["Items"]}[
            behaviour["TargetOriginId"]
        ]
        if self.command not in behaviour.get("AllowedMethods", {}).get("Items", ["GET", "HEAD"]):
            answer = 403, {}, b"method not allowed by the behaviour"
        elif "CustomOriginConfig" in origin:
            answer = self._ask_api(origin, behaviour, body)
        else:
            key = path.lstrip("/") or config["DefaultRootObject"]
            answer = self._read_object(origin, key)
        status, headers, content = answer
        headers |= self.server.response_headers(behaviour["ResponseHeadersPolicyId"])
        self._send(status, headers, content)

    do_GET = do_POST = do_OPTIONS = do_HEAD = do_PUT = do_DELETE = _serve

    def _ask_api(
        self, origin: dict[str, Any], behaviour: dict[str, Any], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        address = f"{self.client_address[0]}:{self.client_address[1]}"
        policy = behaviour["OriginRequestPolicyId"]
        headers = self.server.forwarded(policy, self.headers, address)
        for own in origin.get("CustomHeaders", {}).get("Items", []):
            headers[own["HeaderName"].lower()] = own["HeaderValue"]
        api = origin["DomainName"].split(".")[0]
        target = f"/restapis/{api}{origin['OriginPath']}/_user_request_{self.path}"
        connection = http.client.HTTPConnection(self.server.endpoint, timeout=60)
        try:
            connection.request(self.command, target, body=body, headers=headers)
            got = connection.getresponse()
            kept = {n: v for n, v in got.getheaders() if n.lower() not in HOP_BY_HOP}
            return got.status, kept, got.read()
        finally:
            connection.close()

    def _read_object(self, origin: dict[str, Any], key: str) -> tuple[int, dict[str, str], bytes]:
        bucket = origin["DomainName"].split(".s3.")[0]
        try:
            got = self.server.s3.get_object(Bucket=bucket, Key=key)
        except ClientError as refused:
            return int(refused.response["ResponseMetadata"]["HTTPStatusCode"]), {}, b""
        headers = {"Content-Type": got["ContentType"], "Cache-Control": got["CacheControl"]}
        return 200, headers, got["Body"].read()

    def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
