"""The operator's commands for sites, access and privacy: the API's own verbs, as JSON.

A body is written as `name=value` pairs; a value that is JSON is read as such, else as text:
`change-site shop retention_days=400 hostnames='["shop.example"]'`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from chalicelib.model.principal import Principal
from chalicelib.wiring import Wired

OPERATOR = Principal("admin", ("*",), "operator's command")

Verb = Callable[[Wired], Callable[..., dict[str, Any]]]

COMMANDS: Sequence[tuple[str, Verb, Sequence[str], str]] = (
    ("create-site", lambda w: w.administration.create_site, ("body",), "id= name= hostnames="),
    ("site", lambda w: w.administration.site, ("site",), "all settings of a site"),
    ("change-site", lambda w: w.administration.change_site, ("site", "body"), "change settings"),
    (
        "exclude-visitor",
        lambda w: w.administration.exclude_visitor,
        ("site", "body"),
        "visitor_id= of one who objects",
    ),
    (
        "include-visitor",
        lambda w: w.administration.include_visitor,
        ("site", "body"),
        "visitor_id= of one who takes an objection back",
    ),
    ("delete-site", lambda w: w.administration.delete_site, ("site",), "a site with its data"),
    ("tokens", lambda w: w.administration.list_tokens, ("query",), "limit= cursor="),
    ("create-token", lambda w: w.administration.create_token, ("body",), "name= role= sites="),
    ("revoke-token", lambda w: w.administration.revoke_token, ("id",), "ends a token"),
    ("shares", lambda w: w.administration.list_shares, ("site", "query"), "limit= cursor="),
    ("create-share", lambda w: w.administration.create_share, ("site", "body"), "name= filters="),
    ("revoke-share", lambda w: w.administration.revoke_share, ("site", "id"), "ends a share link"),
    ("audit", lambda w: w.administration.log, ("query",), "site= before= limit="),
    ("export-visitor", lambda w: w.privacy.whole_export, ("site", "body"), "visitor_id="),
    ("erase", lambda w: w.privacy.erase, ("site", "body"), "visitor_id=, or day= and/or path="),
    ("erasures", lambda w: w.privacy.erasures, ("site", "query"), "limit= cursor="),
    ("data-protection", lambda w: w.privacy.statement, ("site",), "what is stored, how long"),
)
"""Name, verb, its arguments after the actor, help."""


def run(verb: Verb, names: Sequence[str], wired: Wired, given: argparse.Namespace) -> int:
    """Call the verb as the operator and print its answer."""
    arguments = [READ.get(name, str)(getattr(given, name)) for name in names]
    print(json.dumps(verb(wired)(OPERATOR, *arguments), indent=2, ensure_ascii=False))
    return 0


def body(pairs: Sequence[str]) -> dict[str, Any]:
    """The object that `name=value` pairs describe."""
    return {name: _value(text) for name, _, text in (pair.partition("=") for pair in pairs)}


def query(pairs: Sequence[str]) -> list[tuple[str, str]]:
    """The parameters that `name=value` pairs are."""
    return [(name, text) for name, _, text in (pair.partition("=") for pair in pairs)]


READ: dict[str, Callable[[Any], Any]] = {"body": body, "query": query}


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """One sub-command for each verb."""
    for name, verb, names, said in COMMANDS:
        parser = commands.add_parser(name, help=said, description=said)
        for argument in names:
            if argument in READ:
                parser.add_argument(argument, nargs="*", metavar="name=value")
            else:
                parser.add_argument(argument)
        parser.set_defaults(command=partial(run, verb, names))


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
