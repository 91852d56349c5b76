"""What administrators are shown: tokens, objections, pages of lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalicelib.admin.forms import ListQuestion, fill_form
from chalicelib.model.ids import number_of
from chalicelib.store.registry.tokens import Token

Json = dict[str, Any]

Parameters = Sequence[tuple[str, str]]


def make_page(
    name: str, rows: Sequence[Json], key: Callable[[Json], str], parameters: Parameters
) -> Json:
    """A page of a list under its name, in the order of the rows' keys, and `cursor`, with which the
    next one is asked for; null on the last. Parameters: `cursor`, `limit` (1-1000)."""
    asked = fill_form(ListQuestion, dict(parameters))
    left = sorted((row for row in rows if key(row) > asked.cursor), key=key)
    shown, more = left[: asked.limit], left[asked.limit :]
    return {name: shown, "cursor": key(shown[-1]) if more else None}


def name_key(row: Json) -> str:
    return f"{row['name']}\n{row['id']}"


def show_token(token: Token) -> Json:
    """A token as lists show it: never its hash. Times are epoch ms, null for never."""
    principal = token.principal
    shown: Mapping[str, Any] = {
        "id": principal.id,
        "name": principal.name,
        "role": principal.role,
        "sites": list(principal.sites),
        "filters": list(principal.filters),
        "created_at": token.created_at_ms,
        "expires_at": token.expires_at_ms or None,
        "last_used_at": token.last_used_at_ms or None,
    }
    left_out = set() if principal.role == "share" else {"filters"}
    return {name: value for name, value in shown.items() if name not in left_out}


def show_objection(site_id: str, visitor_id: str, is_excluded: bool) -> Json:
    visitor = f"#{number_of(visitor_id):016x}"
    return {"site": site_id, "visitor": visitor, "excluded": is_excluded}


def is_share_of(token: Token, site_id: str) -> bool:
    return token.principal.role == "share" and token.principal.sites == (site_id,)
