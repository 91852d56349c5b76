"""The DynamoDB client answers, refuses and signs as boto3's does, and outlives faults."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import boto3
import pytest
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError, HTTPClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chalicelib.store import connections
from chalicelib.store.connections import Connections
from chalicelib.store.dynamodb import DynamoDB, may_pass
from infra.local.emulator import emulator

REGION = "eu-west-1"
KEY, SECRET, SESSION_TOKEN = "AKIDEXAMPLE", "a/secret+key", "a-session-token"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", SESSION_TOKEN)


# ---- the same answers as boto3


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with emulator() as address:
        yield address


@pytest.fixture(scope="module")
def theirs(endpoint: str) -> Any:
    return boto3.client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
    )


def with_table(theirs: Any, name: str) -> str:
    theirs.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def item(sk: str, **more: Any) -> dict[str, Any]:
    return {"pk": {"S": "a"}, "sk": {"S": sk}, **more}


def outcome(client: Any, method: str, **parameters: Any) -> Any:
    """What a call gave: the answer, or everything that the error says of itself."""
    try:
        answer = dict(getattr(client, method)(**parameters))
    except ClientError as error:
        # boto3 repeats the message of Error beside it, in either case.
        answer = {k: v for k, v in error.response.items() if k.lower() != "message"}
        answer |= {"Operation": error.operation_name, "Says": str(error)}
    status = answer.pop("ResponseMetadata", {}).get("HTTPStatusCode", 200)
    return answer, status


ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}
EVERY_VALUE = {
    "text": {"S": 'naïve 日本 \U0001f600 "quoted"'},
    "number": {"N": "-12345678901234567890.5"},
    "flag": {"BOOL": True},
    "nothing": {"NULL": True},
    "nested": {"M": {"list": {"L": [{"S": ""}, {"SS": ["x"]}]}}},
}


def calls(table: str) -> list[tuple[str, dict[str, Any]]]:
    """One conversation that uses every operation and meets every refusal of ours."""
    here = {"TableName": table}
    query = {
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "a"}},
    }
    old = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    puts = [{"Put": {**here, **ABSENT, "Item": item(sk)}} for sk in ("1", "9")]
    return [
        ("put_item", {**here, "Item": item("1", **EVERY_VALUE), **ABSENT}),
        ("put_item", {**here, "Item": item("1"), **ABSENT, **old}),
        ("put_item", {**here, "Item": {"pk": {"S": ""}, "sk": {"S": "1"}}}),
        ("put_item", {"TableName": "no-such-table", "Item": item("1")}),
        ("get_item", {**here, "Key": item("1"), "ConsistentRead": True}),
        ("get_item", {**here, "Key": item("none")}),
        ("put_item", {**here, "Item": item("2")}),
        ("transact_write_items", {"TransactItems": puts}),
        ("transact_write_items", {"TransactItems": puts[1:]}),
        ("put_item", {**here, "Item": item("3")}),
        ("query", {**here, **query, "Limit": 2}),
        ("query", {**here, **query, "ExclusiveStartKey": item("2")}),
        ("delete_item", {**here, "Key": item("2"), "ReturnValues": "ALL_OLD"}),
    ]


def test_every_operation_answers_and_refuses_as_boto3_does(endpoint: str, theirs: Any) -> None:
    ours = DynamoDB(REGION, endpoint)
    with_table(theirs, "ours")
    with_table(theirs, "theirs")
    for mine, boto in zip(calls("ours"), calls("theirs"), strict=True):
        expected = json.dumps(outcome(theirs, boto[0], **boto[1])).replace("theirs", "ours")
        got = outcome(ours, mine[0], **mine[1])
        assert got == tuple(json.loads(expected)), mine


# ---- what goes out


class Recorder:
    """A `send` that keeps what it was given and answers from a script, the last line for ever."""

    def __init__(self, *script: tuple[int, bytes] | Exception) -> None:
        self.script = list(script) or [(200, b"{}")]
        self.sent: list[tuple[bytes, dict[str, str]]] = []

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        self.sent.append((body, dict(headers)))
        said = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(said, Exception):
            raise said
        return said


def signature(body: bytes, headers: Mapping[str, str], host: str) -> str:
    """Signature Version 4, written from its specification alone.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    said = dict(part.strip().split("=", 1) for part in headers["Authorization"][17:].split(","))
    lowered = {name.lower(): value for name, value in headers.items()} | {"host": host}
    names = said["SignedHeaders"].split(";")
    request = "\n".join(
        (
            *("POST", "/", ""),
            *(f"{name}:{lowered[name]}" for name in names),
            *("", ";".join(names), hashlib.sha256(body).hexdigest()),
        )
    )
    scope = said["Credential"].split("/", 1)[1]
    hashed = hashlib.sha256(request.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", lowered["x-amz-date"], scope, hashed])
    key = ("AWS4" + SECRET).encode()
    for step in (*scope.split("/"), text):
        key = hmac.digest(key, step.encode(), "sha256")
    return key.hex()


def test_a_request_is_signed_whole_with_the_session_token() -> None:
    send = Recorder()
    DynamoDB(REGION, send=send).get_item(TableName="t", Key=item("1"))
    body, headers = send.sent[0]
    assert headers["X-Amz-Security-Token"] == SESSION_TOKEN
    assert headers["Authorization"].startswith(f"AWS4-HMAC-SHA256 Credential={KEY}/")
    assert f"/{REGION}/dynamodb/aws4_request" in headers["Authorization"]
    assert headers["Authorization"].endswith(
        "Signature=" + signature(body, headers, f"dynamodb.{REGION}.amazonaws.com")
    )
    for name in ("content-type", "x-amz-target", "x-amz-security-token"):
        assert name in headers["Authorization"]


def test_refreshed_credentials_sign_the_next_request(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = iter(["FIRST", "SECOND"])
    soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()  # already due for renewal

    def refresh() -> dict[str, str]:
        return {
            "access_key": next(keys), "secret_key": "s", "token": "t", "expiry_time": soon,
        }  # fmt: skip

    refreshing = RefreshableCredentials.create_from_metadata(refresh(), refresh, "test")
    monkeypatch.setattr("botocore.session.Session.get_credentials", lambda _self: refreshing)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    send = Recorder()
    DynamoDB(REGION, send=send).get_item(TableName="t", Key=item("1"))
    assert "Credential=SECOND/" in send.sent[0][1]["Authorization"]


@pytest.mark.parametrize(
    ("region", "address"),
    [
        ("eu-west-1", "https://dynamodb.eu-west-1.amazonaws.com"),
        ("cn-north-1", "https://dynamodb.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_each_partition_has_its_own_domain(
    monkeypatch: pytest.MonkeyPatch, region: str, address: str
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    expected = boto3.client("dynamodb", region_name=region).meta.endpoint_url
    assert DynamoDB(region).endpoint == expected == address


# ---- faults


class Clock:
    """Time that passes only while the client pauses."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def client(send: Any, patience_s: float = 5.0) -> tuple[DynamoDB, Clock]:
    clock = Clock()
    return (
        DynamoDB(
            REGION, send=send, patience_s=patience_s, pause=clock.pause, elapsed_s=lambda: clock.now
        ),
        clock,
    )


def refusal(code: str, **more: Any) -> bytes:
    return json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", **more}).encode()


PASSING = [
    (400, refusal("ThrottlingException", message="slow down")),
    (400, refusal("ProvisionedThroughputExceededException")),
    (500, refusal("InternalServerError", message="oops")),
    (503, b"<html>Service Unavailable</html>"),
    (502, b"[]"),
    ConnectionResetError("reset"),
    TimeoutError("no answer"),
]


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_what_may_pass_is_tried_again_until_it_has_passed(fault: Any) -> None:
    send = Recorder(fault, fault, (200, b'{"Item": {"pk": {"S": "a"}}}'))
    ours, clock = client(send)
    assert ours.get_item(TableName="t", Key=item("1")) == {"Item": {"pk": {"S": "a"}}}
    assert len(send.sent) == 3
    assert len({body for body, _ in send.sent}) == 1
    assert 0 <= clock.pauses[0] <= 0.05
    assert 0 <= clock.pauses[1] <= 0.10


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_no_attempt_starts_after_the_patience_of_the_caller(fault: Any) -> None:
    ours, clock = client(Recorder(fault), patience_s=2.0)
    with pytest.raises((ClientError, HTTPClientError)) as raised:
        ours.get_item(TableName="t", Key=item("1"))
    assert may_pass(raised.value)
    assert clock.now <= 2.0
    assert len(clock.pauses) >= 4


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_without_patience_a_call_is_one_attempt(fault: Any) -> None:
    send = Recorder(fault)
    with pytest.raises((ClientError, HTTPClientError)):
        client(send, patience_s=0)[0].put_item(TableName="t", Item=item("1"))
    assert len(send.sent) == 1


@pytest.mark.parametrize(
    "code",
    ["ConditionalCheckFailedException", "ValidationException", "AccessDeniedException",
     "TransactionCanceledException", "ResourceNotFoundException"],
)  # fmt: skip
def test_a_refusal_that_would_repeat_itself_is_not_tried_again(code: str) -> None:
    send = Recorder((400, refusal(code, Message="no")))
    with pytest.raises(ClientError) as raised:
        client(send)[0].put_item(TableName="t", Item=item("1"))
    assert raised.value.response["Error"] == {"Code": code, "Message": "no"}
    assert len(send.sent) == 1
    assert not may_pass(raised.value)


# ---- connections


@contextmanager
def server(handle: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None) -> Any:
    """A server on loopback; yields its address and counts the connections it accepted."""

    class Counting(ThreadingHTTPServer):
        daemon_threads = True
        accepted = 0

        def process_request(self, request: Any, client_address: Any) -> None:
            self.accepted += 1
            super().process_request(request, client_address)

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A refused handshake is what the test wants, not news."""

    serving = Counting(("127.0.0.1", 0), handle)
    scheme = "http"
    if context:
        serving.socket = context.wrap_socket(serving.socket, server_side=True)
        scheme = "https"
    thread = threading.Thread(target=serving.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield serving, f"{scheme}://127.0.0.1:{serving.server_address[1]}"
    finally:
        serving.shutdown()
        serving.server_close()
        thread.join()


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answered: Callable[[], None] = staticmethod(lambda: None)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Hanging(Answering):
    """Answers, then closes without having said so, as an endpoint does with idle connections."""

    def do_POST(self) -> None:
        super().do_POST()
        self.close_connection = True


class Silent(Answering):
    done = threading.Event()

    def do_POST(self) -> None:
        self.done.wait(10)
        self.close_connection = True


def test_calls_one_after_another_share_one_connection() -> None:
    with server(Answering) as (serving, address):
        connections = Connections(address)
        answers = [connections.send(b"%d" % n, {}) for n in range(5)]
        assert answers == [(200, b"%d" % n) for n in range(5)]
        assert serving.accepted == 1


def test_calls_at_once_never_get_each_others_answer() -> None:
    with server(Answering) as (_, address):
        connections = Connections(address)
        wrong: list[bytes] = []

        def ask(name: int) -> None:
            for n in range(50):
                body = b"%d.%d" % (name, n)
                if connections.send(body, {}) != (200, body):
                    wrong.append(body)

        threads = [threading.Thread(target=ask, args=(name,)) for name in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []


class Parting(Answering):
    """Ends the connection after `b"last"`."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if body == b"last":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def interrupted(act: Callable[[], Any], meanwhile: Callable[[], Any], at: int) -> Any:
    """What `act` returns if `meanwhile` runs before the `at`-th line of the client's module."""
    lines = count()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != connections.__file__:
            return None
        if event == "line" and next(lines) == at:
            sys.settrace(None)
            meanwhile()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return act()
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("step", range(12))
def test_the_last_idle_connection_may_be_taken_at_any_step_of_another_call(step: int) -> None:
    with server(Parting) as (serving, address):
        connections = Connections(address)
        connections.send(b"first", {})
        answer = interrupted(
            lambda: connections.send(b"second", {}), lambda: connections.send(b"last", {}), step
        )
        assert (answer, serving.accepted) == ((200, b"second"), 2)


def test_a_connection_closed_while_idle_is_replaced_without_a_failed_attempt() -> None:
    with server(Hanging) as (serving, address):
        connections = Connections(address)
        assert connections.send(b"1", {}) == (200, b"1")
        # The other end's FIN is awaited, not slept for.
        idle = connections._idle[0].sock
        idle.settimeout(5)
        assert idle.recv(1, socket.MSG_PEEK) == b""
        assert connections.send(b"2", {}) == (200, b"2")
        assert serving.accepted == 2


def test_an_endpoint_that_says_nothing_is_given_up() -> None:
    Silent.done.clear()
    with server(Silent) as (_, address):
        with pytest.raises(TimeoutError):
            Connections(address, connect_s=60, read_s=0.05).send(b"{}", {})
        Silent.done.set()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
def test_what_is_not_a_whole_answer_is_none(said: bytes) -> None:
    class Odd(Answering):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.wfile.write(said)
            self.close_connection = True

    with server(Odd) as (_, address):
        ours = DynamoDB(REGION, address, patience_s=0)
        with pytest.raises(HTTPClientError):
            ours.get_item(TableName="t", Key=item("1"))


@pytest.mark.parametrize("said", [b"HTTP/1.0 200 OK", b"HTTP/1.1 200 OK\r\nConnection: Close"])
def test_a_connection_that_will_close_is_not_used_again(said: bytes) -> None:
    class Closing(Answering):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.wfile.write(said + b"\r\nContent-Length: 2\r\n\r\n{}")

    with server(Closing) as (serving, address):
        connections = Connections(address)
        assert [connections.send(b"", {}) for _ in range(3)] == [(200, b"{}")] * 3
        assert serving.accepted == 3


# ---- the store's time

DATES = [b"Fri, 27 Nov 2026 18:26:07 GMT", b"", b"Fri, 27 Nov 2026 18:26:06 GMT"]


def test_the_date_of_the_last_answer_is_told_an_error_too_and_without_one_the_one_before() -> None:
    left = list(zip((200, 200, 400), DATES, strict=True))

    class Dated(Answering):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, date = left.pop(0)
            header = b"\r\nDate: " + date if date else b""
            self.wfile.write(b"HTTP/1.1 %d x%s\r\nContent-Length: 2\r\n\r\n{}" % (status, header))

    at_ms = int(datetime(2026, 11, 27, 18, 26, 7, tzinfo=UTC).timestamp()) * 1000
    with server(Dated) as (_, address):
        ours = DynamoDB(REGION, address, patience_s=0)
        with pytest.raises(LookupError):
            assert ours.date_ms
        ours.get_item(TableName="t", Key=item("1"))
        assert ours.date_ms == at_ms
        ours.get_item(TableName="t", Key=item("1"))
        assert ours.date_ms == at_ms
        with pytest.raises(ClientError):
            ours.get_item(TableName="t", Key=item("1"))
        assert ours.date_ms == at_ms - 1000


def test_the_emulator_tells_the_time_as_dynamodb_does(endpoint: str) -> None:
    ours = DynamoDB(REGION, endpoint, patience_s=0)
    before_ms = time.time_ns() // 1_000_000
    with pytest.raises(ClientError):
        ours.get_item(TableName="no-such-table", Key=item("1"))
    assert before_ms - 1000 < ours.date_ms <= time.time_ns() // 1_000_000


def test_an_endpoint_that_cannot_prove_its_name_gets_no_request(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    with server(Answering, context) as (_, address):
        ours = DynamoDB(REGION, address, patience_s=0)
        with pytest.raises(HTTPClientError, match="CERTIFICATE_VERIFY_FAILED"):
            ours.get_item(TableName="t", Key=item("1"))


def self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "server.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
