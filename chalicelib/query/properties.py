"""What events say: the keys of their data, and the values at a key."""

from __future__ import annotations

from chalicelib.query.filters import HEAT, point_at, spell_value
from chalicelib.query.statement import Statement, bind
from chalicelib.query.statement import read_sql as template

KINDS = {
    "VARCHAR": "text",
    "UBIGINT": "number",
    "BIGINT": "number",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
}
"""What DuckDB calls the types of JSON's values."""


def query_property_keys(event: str, limit: int) -> Statement:
    """Rows of key, events, distinct values, texts, numbers, booleans; the first, without a key,
    has all events of that name."""
    return _bind("property_keys", event, limit)


def query_property_values(event: str, key: str, limit: int) -> Statement:
    """Rows of part, value, kind, events, sessions, figures: parts `missing`, `numbers` (sum, least,
    most, median, 90th percentile), `other` (in place of sessions its values), and a `row` each."""
    return _bind("property_values", event, limit, key)


def _bind(name: str, event: str, limit: int, key: str = "") -> Statement:
    data = "nullif(data, '')"
    kinds = " ".join(f"WHEN '{type_}' THEN '{kind}'" for type_, kind in KINDS.items())
    text = template(name).format(
        events=_select_events(event),
        kind=f"CASE json_type({data}, place) {kinds} END",
        value=spell_value(data, "place"),
    )
    return bind(text, {"event": event, "key": point_at(key), "most": limit})


def _select_events(event: str) -> str:
    """The events of one name: session and data. That of `heat` has a column of its own."""
    if event == HEAT:
        return "SELECT session, unnest(heat_data) AS data FROM session WHERE heat_data IS NOT NULL"
    return (
        "SELECT session, data FROM (SELECT session, unnest(ev_type) AS name, "
        "unnest(ev_data) AS data FROM session WHERE list_contains(ev_type, $event)) "
        "WHERE name = $event"
    )
