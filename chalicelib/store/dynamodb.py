"""The one DynamoDB client. boto3's spends 1 ms of CPU a call, most of what collecting costs.

Credentials and signature are botocore's; connections and retries are ours. Operations,
parameters, answers and errors are those of boto3's low-level client, binary values excepted
(https://docs.aws.amazon.com/amazondynamodb/latest/APIReference).
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import EnvProvider
from botocore.exceptions import ClientError, HTTPClientError, NoCredentialsError

from chalicelib.store.connections import Connections

BACKOFF_S, LONGEST_PAUSE_S = 0.05, 1.0

PASSING = frozenset(
    (
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    )
)
"""Error codes after which the same call may succeed."""

Send = Callable[[bytes, Mapping[str, str]], tuple[int, bytes]]
"""One attempt: a body and its headers go out, status and body come back.

Raises OSError or HTTPException where no whole answer came.
"""


class DynamoDB:
    """A client of one region. Every failed call that may pass is tried again, with full jitter.

    No attempt starts later than `patience_s` after the first; with 0 a call is one attempt.
    Retries are harmless to conditional writes: one that was stored, but whose answer was lost,
    ends as ConditionalCheckFailedException. `send` is where tests inject faults.
    """

    def __init__(
        self,
        region: str,
        endpoint: str = "",
        *,
        patience_s: float = 5.0,
        send: Send | None = None,
        pause: Callable[[float], None] = time.sleep,
        elapsed_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.endpoint = endpoint.rstrip("/") or _endpoint_of(region)
        self._connections = Connections(self.endpoint)
        self._send = send or self._connections.send
        self._region = region
        self._patience_s = patience_s
        self._pause = pause
        self._elapsed_s = elapsed_s
        self._jitter = random.Random().random
        self._credentials: Any = None

    @property
    def date_ms(self) -> int:
        """The store's time when it last answered, whomever: epoch ms, whole seconds.

        It is never later than it is now. Raises LookupError before the first answer.
        """
        if not self._connections.date:
            raise LookupError("no answer of the store has told its time")
        date = parsedate_to_datetime(self._connections.date.decode("latin-1"))
        return int(date.timestamp()) * 1000

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """The answer to one operation, such as `call("GetItem", TableName=..., Key=...)`.

        Raises `ClientError` for what DynamoDB refuses, `response["Error"]["Code"]` saying why,
        and `HTTPClientError` where no answer came.
        """
        body = json.dumps(parameters, separators=(",", ":")).encode()
        began, attempt = self._elapsed_s(), 0
        while True:
            try:
                return self._attempt_call(operation, body)
            except (ClientError, HTTPClientError) as error:
                longest = min(LONGEST_PAUSE_S, BACKOFF_S * 2**attempt)
                pause_s = self._jitter() * longest
                is_late = self._elapsed_s() + pause_s - began >= self._patience_s
                if is_late or not may_pass(error):
                    raise
                self._pause(pause_s)
                attempt += 1

    def _attempt_call(self, operation: str, body: bytes) -> dict[str, Any]:
        try:
            status, content = self._send(body, self._sign_request(operation, body))
        except (OSError, HTTPException) as error:
            raise HTTPClientError(error=error) from error
        if status != 200:
            raise _make_error(operation, status, content)
        answer: dict[str, Any] = json.loads(content)
        return answer

    def _sign_request(self, operation: str, body: bytes) -> dict[str, str]:
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        }
        request = AWSRequest("POST", self.endpoint + "/", headers, body)
        # Frozen: a refresh in another thread must not change the key between two steps.
        credentials = self._current_credentials().get_frozen_credentials()
        SigV4Auth(credentials, "dynamodb", self._region).add_auth(request)
        return dict(request.headers.items())

    def _current_credentials(self) -> Any:
        if self._credentials is None:
            self._credentials = _find_credentials()
        return self._credentials

    def put_item(self, **parameters: Any) -> dict[str, Any]:
        return self.call("PutItem", **parameters)

    def get_item(self, **parameters: Any) -> dict[str, Any]:
        return self.call("GetItem", **parameters)

    def delete_item(self, **parameters: Any) -> dict[str, Any]:
        return self.call("DeleteItem", **parameters)

    def query(self, **parameters: Any) -> dict[str, Any]:
        return self.call("Query", **parameters)

    def transact_write_items(self, **parameters: Any) -> dict[str, Any]:
        return self.call("TransactWriteItems", **parameters)


def may_pass(error: ClientError | HTTPClientError) -> bool:
    """Whether the call that failed so may succeed when made again."""
    if isinstance(error, HTTPClientError):
        return True
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return bool(status >= 500 or error.response["Error"]["Code"] in PASSING)


def _make_error(operation: str, status: int, content: bytes) -> ClientError:
    """As boto3 has it: fields beside the message, such as CancellationReasons, are kept."""
    try:
        said = dict(json.loads(content))
    except (ValueError, TypeError):
        said = {}
    code = str(said.pop("__type", status)).rpartition("#")[2]
    message = str(said.pop("message", "") or said.pop("Message", ""))
    error = {"Code": code, "Message": message}
    return ClientError(
        {**said, "Error": error, "ResponseMetadata": {"HTTPStatusCode": status}}, operation
    )


def _endpoint_of(region: str) -> str:
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://dynamodb.{region}.{domain}"


def _find_credentials() -> Any:
    """botocore's chain, its first link tried alone: all that Lambda has, and 45 ms cheaper."""
    credentials = EnvProvider().load()
    if credentials is None:
        from botocore.session import Session

        credentials = Session().get_credentials()
    if credentials is None:
        raise NoCredentialsError
    return credentials
