"""The local DynamoDB answers as moto's does, refuses what DynamoDB refuses, and stays quick."""

from __future__ import annotations

import json
import logging
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from itertools import count, groupby
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from chalicelib.store.connections import Connections
from chalicelib.store.dynamodb import DynamoDB
from infra.deploy.stacks import load_template
from infra.local.dynamodb import MemoryDynamoDB
from infra.local.emulator import emulator
from infra.local.sizes import size
from infra.local.stage import TEMPLATE
from infra.local.tables import EVENTS, REGISTRY, Schema, Table

REGION = "eu-west-1"
ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}
names = count()

Item = dict[str, Any]


@pytest.fixture(autouse=True, scope="module")
def _credentials() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "a")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "b")
        yield


def client(send: Any) -> DynamoDB:
    return DynamoDB(REGION, send=send, patience_s=0)


def memory(page_bytes: int = 1024 * 1024) -> tuple[MemoryDynamoDB, DynamoDB]:
    """Two empty tables and a client of theirs."""
    made = MemoryDynamoDB(page_bytes=page_bytes)
    return made, client(made.send)


def an_item(pk: str = "p", sk: str = "s", **more: Any) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}, **more}


def outcome(ask: Callable[[], Item]) -> Any:
    """The answer, or the code of the error with what stands beside its message."""
    try:
        return {name: said for name, said in ask().items() if said or name == "Items"}
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", [])
        said = [(reason["Code"], reason.get("Item")) for reason in reasons]
        return error.response["Error"]["Code"], said, error.response.get("Item")


# ---- as moto answers


@pytest.fixture(scope="module")
def moto(_credentials: None) -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def new_table(boto: Any, name: str = "") -> str:
    """A new table with the events' keys, of that name or one of its own."""
    name = name or f"t{next(names)}"
    keys = {**EVENTS.keys, **EVENTS.indexes["by_hour"]}

    def schema(of: Mapping[str, str]) -> list[dict[str, str]]:
        kinds = ("HASH", "RANGE")
        return [{"AttributeName": n, "KeyType": k} for n, k in zip(of, kinds, strict=True)]

    boto.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": k} for n, k in keys.items()],
        KeySchema=schema(EVENTS.keys),
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": schema(of),
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, of in EVENTS.indexes.items()
        ],
    )
    return name


pks, sks = st.sampled_from(["a", "b"]), st.sampled_from(["", "1", "10", "2", "é", "中"])
stamps = st.sampled_from(["-5", "0", "9", "10", "123456789012345678901"])
hours = st.sampled_from(["h1", "h2"])
values = st.recursive(
    st.one_of(
        st.builds(lambda text: {"S": text}, st.text(st.characters(codec="utf-8"), max_size=5)),
        st.builds(lambda n: {"N": str(n)}, st.integers(-(10**30), 10**30)),
        st.builds(lambda flag: {"BOOL": flag}, st.booleans()),
        st.just({"NULL": True}),
        st.just({"SS": ["x", "y"]}),
    ),
    lambda inner: st.one_of(
        st.builds(lambda some: {"L": some}, st.lists(inner, max_size=2)),
        st.builds(lambda some: {"M": some}, st.dictionaries(st.sampled_from("xyz"), inner)),
    ),
    max_leaves=4,
)
bodies = st.sampled_from([{"S": "x"}, {"N": "7"}])
ranks = st.sampled_from([{"N": "6"}, {"N": "7"}])
keys = st.builds(lambda pk, sk: an_item(pk, f"k{sk}"), pks, sks)
items = st.builds(
    lambda key, index, more: {**key, **index, **more},
    keys,
    st.one_of(
        st.just({}),
        st.builds(lambda h: {"hour": {"S": h}}, hours),
        st.builds(lambda h, at: {"hour": {"S": h}, "received_at_ms": {"N": at}}, hours, stamps),
    ),
    st.fixed_dictionaries({}, optional={"rank": ranks, "body": bodies, "more": values}),
)


@st.composite
def conditions(draw: st.DrawFn) -> Item:
    """A condition of a write, or none."""
    old = draw(st.sampled_from([{}, {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}]))
    said = draw(st.sampled_from(["", "absent", "exists", "same", "both", "named"]))
    value = {"ExpressionAttributeValues": {":v": draw(st.sampled_from([{"S": "x"}, {"N": "7.0"}]))}}
    return {
        "": {},
        "absent": {**ABSENT, **old},
        "exists": {"ConditionExpression": "attribute_exists(pk)", **old},
        "same": {"ConditionExpression": "body = :v", **value, **old},
        "both": {"ConditionExpression": "attribute_exists(pk) AND body = :v", **value},
        "named": {
            "ConditionExpression": "#r < :v",
            "ExpressionAttributeNames": {"#r": "rank"},
            "ExpressionAttributeValues": {":v": {"N": "7.0"}},
        },
    }[said]


@st.composite
def questions(draw: st.DrawFn) -> Item:
    """A query of the table or of its index."""
    partition, sort = draw(st.sampled_from([("pk", "sk"), ("hour", "received_at_ms")]))
    claim = draw(st.sampled_from(["", "=", "<", "<=", ">", ">=", "begins_with"]))
    of_index = partition == "hour"
    value = {"N": draw(stamps)} if of_index else {"S": "k" + draw(sks)}
    text = "#p = :p" + (f" AND #s {claim} :s" if claim else "")
    if claim == "begins_with":
        text = "#p = :p AND begins_with(#s, :s)"
    if of_index and claim == "begins_with":
        claim, text = "", "#p = :p"
    return {
        "KeyConditionExpression": text,
        "ExpressionAttributeNames": {"#p": partition, **({"#s": sort} if claim else {})},
        "ExpressionAttributeValues": {
            ":p": {"S": draw(hours if of_index else pks)},
            **({":s": value} if claim else {}),
        },
        "ScanIndexForward": draw(st.booleans()),
        **({"IndexName": "by_hour"} if of_index else {"ConsistentRead": draw(st.booleans())}),
        **draw(st.sampled_from([{}, {"Limit": 1}, {"Limit": 2}])),
    }


actions = st.one_of(
    st.builds(lambda item, c: {"Put": {"Item": item, **c}}, items, conditions()),
    st.builds(lambda key, c: {"Delete": {"Key": key, **c}}, keys, conditions()),
    st.builds(
        lambda key: {"ConditionCheck": {"Key": key, "ConditionExpression": "attribute_exists(sk)"}},
        keys,
    ),
)
old_values = st.sampled_from([{}, {"ReturnValues": "ALL_OLD"}])
calls = st.one_of(
    st.builds(lambda i, c, o: ("PutItem", {"Item": i, **c, **o}), items, conditions(), old_values),
    st.builds(lambda k, c, o: ("DeleteItem", {"Key": k, **c, **o}), keys, conditions(), old_values),
    st.builds(lambda k, c: ("GetItem", {"Key": k, "ConsistentRead": c}), keys, st.booleans()),
    st.builds(lambda q: ("Query", q), questions()),
    st.builds(
        lambda some: ("TransactWriteItems", {"TransactItems": some}),
        st.lists(
            actions, min_size=1, max_size=4, unique_by=lambda a: key_of(next(iter(a.values())))
        ),
    ),
)


def key_of(action: Item) -> str:
    """The key that an action names, as text."""
    named = action.get("Item") or action["Key"]
    return str((named["pk"], named["sk"]))


def placed(table: str, operation: str, asked: Item) -> Item:
    """The request, of that table."""
    if operation != "TransactWriteItems":
        return {"TableName": table, **asked}
    entries = [{k: {"TableName": table, **v} for k, v in e.items()} for e in asked["TransactItems"]]
    return {"TransactItems": entries}


def answered(ask: DynamoDB, table: str, operation: str, asked: Item) -> Any:
    """What came of a call; of a query the items of all its pages, and that none was too long."""
    request = placed(table, operation, asked)
    if operation != "Query":
        return outcome(lambda: ask.call(operation, **request))
    found: list[Item] = []
    while True:
        page = ask.call(operation, **request)
        assert page["Count"] == len(page["Items"]) <= asked.get("Limit", 100)
        found += page["Items"]
        assert len(found) < 100, "pages without end"
        if "LastEvaluatedKey" not in page:
            return in_order(found, asked)
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def in_order(found: list[Item], asked: Item) -> list[Any]:
    """Items by their sort key; among equals DynamoDB promises no order."""
    if "IndexName" not in asked:
        return found
    groups = groupby(found, key=lambda item: item["received_at_ms"]["N"])
    return [(stamp, sorted(map(json.dumps, group))) for stamp, group in groups]


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(calls, min_size=15, max_size=40))
def test_every_conversation_ends_as_it_does_with_moto(moto: str, said: list[Any]) -> None:
    boto = boto3.client("dynamodb", region_name=REGION, endpoint_url=moto)
    table = new_table(boto)
    theirs = client(Connections(moto).send)
    ours = client(MemoryDynamoDB({table: Table(EVENTS)}).send)
    for operation, asked in said:
        expected = answered(theirs, table, operation, asked)
        assert answered(ours, table, operation, asked) == expected, (operation, asked)
    scanned = boto.scan(TableName=table)["Items"]
    boto.close()
    everything = ours.call("Scan", TableName=table)["Items"]
    assert sorted(map(json.dumps, everything)) == sorted(map(json.dumps, scanned))


# ---- as DynamoDB refuses, where moto does not

HERE = {"TableName": "events"}
LONG = "x" * 1025
ASKED = {
    **HERE,
    "KeyConditionExpression": "pk = :p",
    "ExpressionAttributeValues": {":p": {"S": "a"}},
}


def nested(depth: int) -> Item:
    return {"S": "x"} if depth == 1 else {"L": [nested(depth - 1)]}


def put(**more: Any) -> tuple[str, Item]:
    return "PutItem", {**HERE, "Item": an_item(**more)}


def together(*actions: Item) -> tuple[str, Item]:
    return "TransactWriteItems", {"TransactItems": list(actions)}


def a_put(sk: str = "s", **more: Any) -> Item:
    return {"Put": {**HERE, "Item": an_item(sk=sk, **more)}}


REFUSED = {
    "an empty key": put(sk=""),
    "a partition key of 2,049 bytes": put(pk="é" * 1024 + "x"),
    "a sort key of 1,025 bytes": put(sk=LONG),
    "a key of another type": ("PutItem", {**HERE, "Item": {"pk": {"S": "a"}, "sk": {"N": "1"}}}),
    "no sort key": ("PutItem", {**HERE, "Item": {"pk": {"S": "a"}}}),
    "more than the key": ("GetItem", {**HERE, "Key": an_item(more={"S": "x"})}),
    "an index key of another type": put(hour={"N": "1"}),
    "an index's sort key of another type": put(received_at_ms={"S": "1"}),
    "an empty index key": put(hour={"S": ""}),
    "an item of more than 400 KB": put(body={"S": "x" * 400 * 1024}),
    "39 digits": put(n={"N": "1" * 39}),
    "no number": put(n={"N": "NaN"}),
    "a number too large": put(n={"N": "1e126"}),
    "33 levels": put(n=nested(33)),
    "an empty set": put(n={"SS": []}),
    "a set with one thing twice": put(n={"SS": ["a", "a"]}),
    "two types at once": put(n={"S": "a", "N": "1"}),
    "half a character": put(n={"S": "\ud800"}),
    "a reserved word": ("PutItem", {**put()[1], "ConditionExpression": "attribute_exists(hour)"}),
    "an unused value": ("PutItem", {**put()[1], "ExpressionAttributeValues": {":v": {"S": "x"}}}),
    "no values at all": ("PutItem", {**put()[1], "ExpressionAttributeValues": {}}),
    "a value that is not given": ("PutItem", {**put()[1], "ConditionExpression": "body = :v"}),
    "a consistent read of an index": (
        "Query",
        {
            **ASKED,
            "KeyConditionExpression": "#h = :p",
            "ExpressionAttributeNames": {"#h": "hour"},
            "IndexName": "by_hour",
            "ConsistentRead": True,
        },
    ),
    "no such index": ("Query", {**ASKED, "IndexName": "by_day"}),
    "a query without its partition": ("Query", {**ASKED, "KeyConditionExpression": "sk = :p"}),
    "a start in another partition": ("Query", {**ASKED, "ExclusiveStartKey": an_item()}),
    "a start that is no key": ("Query", {**ASKED, "ExclusiveStartKey": {"pk": {"S": "a"}}}),
    "a page of nothing": ("Query", {**ASKED, "Limit": 0}),
    "a transaction of nothing": together(),
    "a transaction of 101": together(*(a_put(str(n)) for n in range(101))),
    "a transaction of more than 4 MB": together(
        *(a_put(str(n), body={"S": "x" * 390 * 1024}) for n in range(11))
    ),
    "one item twice in a transaction": together(a_put(), a_put()),
    "an update": ("UpdateItem", {**HERE, "Key": an_item()}),
    "an update in a transaction": together({"Update": {**HERE, "Key": an_item()}}),
    "a parameter that is not known": ("Query", {**ASKED, "FilterExpression": "pk = :p"}),
    "a condition that is not known": ("PutItem", {**put()[1], "ConditionExpression": "size(pk)"}),
    "a table that is not there": ("PutItem", {"TableName": "x", "Item": an_item()}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_dynamodb_refuses_is_refused_and_stores_nothing(name: str) -> None:
    made, ask = memory()
    operation, asked = REFUSED[name]
    with pytest.raises(ClientError) as refused:
        ask.call(operation, **asked)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refused.value.response["Error"]["Message"]
    assert made.items == {}


ALLOWED = {
    "a partition key of 2,048 bytes": put(pk="é" * 1024),
    "a sort key of 1,024 bytes": put(sk=LONG[1:]),
    "an item of 400 KB": put(body={"S": "x" * (400 * 1024 - len("pk" "p" "sk" "s" "body"))}),
    "38 digits": put(n={"N": "0." + "1" * 38}),
    "32 levels": put(n=nested(32)),
    "a word that is not reserved": (
        "PutItem",
        {**put()[1], "ConditionExpression": "attribute_not_exists(received_at_ms)"},
    ),
    "a transaction of 100": together(*(a_put(str(n)) for n in range(100))),
    "a transaction of nearly 4 MB": together(
        *(a_put(str(n), body={"S": "x" * 390 * 1024}) for n in range(10))
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ALLOWED)
def test_what_just_fits_is_stored(name: str) -> None:
    made, ask = memory()
    operation, asked = ALLOWED[name]
    ask.call(operation, **asked)
    assert len(made.items) == len(asked.get("TransactItems", [1]))


def test_a_page_has_at_most_a_megabyte_and_the_next_one_goes_on_behind_it() -> None:
    _, ask = memory()
    body = {"S": "x" * 300 * 1024}
    for n in range(7):
        ask.call("PutItem", **HERE, Item=an_item("a", str(n), body=body))
    request, pages = dict(ASKED), []
    for _ in range(10):
        page = ask.call("Query", **request)
        pages.append([item["sk"]["S"] for item in page["Items"]])
        if "LastEvaluatedKey" not in page:
            break
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    assert pages == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


def test_a_transaction_sent_again_with_its_token_succeeds_and_changes_nothing() -> None:
    _, ask = memory()
    once = together({"Put": {**a_put()["Put"], **ABSENT}})[1] | {"ClientRequestToken": "t"}
    ask.call("TransactWriteItems", **once)
    assert ask.call("TransactWriteItems", **once) == {}
    other = together(a_put("other"))[1] | {"ClientRequestToken": "t"}
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        ask.call("TransactWriteItems", **other)


# ---- what is consumed


def bytes_of(item: Item) -> int:
    """The size of an item of texts."""
    return sum(len(name.encode()) + len(value["S"].encode()) for name, value in item.items())


texts = st.builds(
    lambda text, n: {"S": text * n}, st.sampled_from(["x", "é"]), st.integers(0, 5000)
)


@given(st.lists(texts, min_size=1, max_size=4), st.booleans())
def test_units_of_writes_are_computed_from_bytes_and_a_transaction_counts_double(
    bodies: list[Item], is_together: bool
) -> None:
    made, ask = memory()
    stored = [an_item("p", str(n), body=body) for n, body in enumerate(bodies)]
    expected = sum(-(-bytes_of(item) // 1024) for item in stored) * (2 if is_together else 1)
    if is_together:
        puts = [{"Put": {**HERE, "Item": item}} for item in stored]
        answer = ask.call("TransactWriteItems", TransactItems=puts, ReturnConsumedCapacity="TOTAL")
        told = answer["ConsumedCapacity"][0]["CapacityUnits"]
    else:
        answers = [
            ask.call("PutItem", **HERE, Item=item, ReturnConsumedCapacity="TOTAL")
            for item in stored
        ]
        told = sum(answer["ConsumedCapacity"]["CapacityUnits"] for answer in answers)
    assert told == made.units["events", "write"] == expected


def test_a_put_counts_once_for_the_table_and_once_for_each_index_entry_it_changes() -> None:
    _, ask = memory()

    def units(hour: str, body: str, **more: Any) -> Any:
        at = {"hour": {"S": hour}, "received_at_ms": {"N": "1795000000000"}}
        asked = {**HERE, "Item": an_item(**at, body={"S": body})}
        told = ask.call("PutItem", **asked, ReturnConsumedCapacity="INDEXES", **more)
        used = told["ConsumedCapacity"]
        indexes = used.get("GlobalSecondaryIndexes", {"by_hour": {"CapacityUnits": 0.0}})
        return used["Table"]["CapacityUnits"], indexes["by_hour"]["CapacityUnits"]

    assert units("h1", "x" * 1500) == (2, 2)  # new
    assert units("h1", "x" * 1500) == (2, 0)  # the same again
    assert units("h1", "x" * 10) == (2, 2)  # smaller: the larger of both counts
    assert units("h2", "x" * 10) == (1, 2)  # one entry goes, one comes


def test_a_refused_condition_consumes_what_it_looked_at() -> None:
    made, ask = memory()
    ask.call("PutItem", **HERE, Item=an_item(body={"S": "x" * 3000}))
    before = made.units["events", "write"]
    with pytest.raises(ClientError):
        ask.call("PutItem", **HERE, Item=an_item(), **ABSENT)
    assert made.units["events", "write"] - before == 3


def test_reads_count_by_four_kilobytes_and_half_where_they_may_be_late() -> None:
    _, ask = memory()
    for n in range(3):
        ask.call("PutItem", **HERE, Item=an_item("a", str(n), body={"S": "x" * 3000}))

    def units(operation: str, **asked: Any) -> float:
        answer = ask.call(operation, ReturnConsumedCapacity="TOTAL", **asked)
        return float(answer["ConsumedCapacity"]["CapacityUnits"])

    assert units("Query", **ASKED) == 1.5
    assert units("Query", **ASKED, ConsistentRead=True) == 3
    assert units("GetItem", **HERE, Key=an_item("a", "0"), ConsistentRead=True) == 1
    assert units("GetItem", **HERE, Key=an_item("a", "none")) == 0.5


@given(st.integers(-(10**20), 10**20), st.integers(0, 20))
def test_a_number_takes_a_byte_for_two_digits_and_one_more(n: int, zeros: int) -> None:
    text = f"{n}" + "0" * zeros
    digits = len(text.strip("-").strip("0"))
    assert size({"N": text}) == -(-digits // 2) + 1 + (n < 0)


# ---- at once, and many


def test_writers_at_once_lose_nothing_and_refused_transactions_undo_nothing() -> None:
    made, ask = memory()
    ask.call("PutItem", **HERE, Item=an_item("taken"))

    def write(n: int) -> None:
        ask.call("PutItem", **HERE, Item=an_item("p", str(n)))
        refused = [a_put(f"never {n}"), {"Put": {**HERE, **ABSENT, "Item": an_item("taken")}}]
        with pytest.raises(ClientError, match="TransactionCanceled"):
            ask.call("TransactWriteItems", TransactItems=refused)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(400)))
    assert {key[2] for key in made.items} == {"s", *map(str, range(400))}


def calls_made(act: Callable[[], Any]) -> int:
    """How many functions are called meanwhile."""
    called = 0

    def note(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal called
        called += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return called


def test_the_work_of_a_call_does_not_grow_with_the_table() -> None:
    made, ask = memory()
    table = made.tables["events"]

    def fill(start: int, stop: int) -> None:
        for n in range(start, stop):
            at = {"hour": {"S": "h"}, "received_at_ms": {"N": str(n)}}
            table.replace(("p", str(n)), table.made(an_item("p", str(n), **at)))

    def work() -> None:
        for sk in ("new", "newer"):
            action = {**HERE, "Item": an_item("p", sk), **ABSENT}
            ask.call("TransactWriteItems", TransactItems=[{"Put": action}])
            ask.call("DeleteItem", **HERE, Key=an_item("p", sk))
        ask.call("Query", **ASKED, Limit=20)
        ask.call(
            "Query",
            **HERE,
            IndexName="by_hour",
            KeyConditionExpression="#h = :h AND received_at_ms >= :from",
            ExpressionAttributeNames={"#h": "hour"},
            ExpressionAttributeValues={":h": {"S": "h"}, ":from": {"N": "500"}},
            Limit=20,
        )

    fill(0, 600)
    work()  # what is loaded once is not counted
    few = calls_made(work)
    fill(600, 12_000)
    many = calls_made(work)
    assert many <= few * 1.2


# ---- as the stage has it


@pytest.fixture(scope="module")
def endpoint(_credentials: None) -> Iterator[str]:
    with emulator() as address:
        yield address


@pytest.fixture
def boto(endpoint: str) -> Iterator[Any]:
    made = boto3.client("dynamodb", region_name=REGION, endpoint_url=endpoint)
    yield made
    made.close()


def test_the_tables_of_tests_have_the_templates_keys() -> None:
    resources = load_template(TEMPLATE)["Resources"]
    for name, schema in (("EventsTable", EVENTS), ("RegistryTable", REGISTRY)):
        told = resources[name]["Properties"]
        kinds = {a["AttributeName"]: a["AttributeType"] for a in told["AttributeDefinitions"]}

        def keys(of: Any, kinds: Item = kinds) -> Item:
            return {one["AttributeName"]: kinds[one["AttributeName"]] for one in of["KeySchema"]}

        indexes = {i["IndexName"]: keys(i) for i in told.get("GlobalSecondaryIndexes", [])}
        assert schema == Schema(keys(told), indexes)


def test_a_table_made_anew_is_empty_and_regions_share_nothing(endpoint: str, boto: Any) -> None:
    table = new_table(boto)
    boto.put_item(TableName=table, Item=an_item())
    assert boto.scan(TableName=table)["Count"] == 1
    elsewhere = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=endpoint)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        elsewhere.get_item(TableName=table, Key=an_item())
    elsewhere.close()
    boto.delete_table(TableName=table)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        boto.scan(TableName=table)
    new_table(boto, table)
    assert boto.scan(TableName=table)["Items"] == []


def test_an_operation_on_items_that_is_not_known_is_an_error_and_never_motos(boto: Any) -> None:
    table = new_table(boto)
    key = {"TableName": table, "Key": an_item()}
    with pytest.raises(ClientError, match="does not know UpdateItem"):
        boto.update_item(**key)
    with pytest.raises(ClientError, match="does not know BatchGetItem"):
        boto.batch_get_item(RequestItems={table: {"Keys": [an_item()]}})


def test_answers_have_the_stores_own_date(boto: Any) -> None:
    answer = boto.scan(TableName=new_table(boto))
    assert parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])


def test_a_client_that_asks_whether_to_go_on_is_told_before_it_sends(endpoint: str) -> None:
    address = urlsplit(endpoint)
    head = f"PUT /bucket/key HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 1\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=20) as line:
        line.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert line.recv(12) == b"HTTP/1.1 100"
        line.sendall(b"x")
