"""What is said of built-in events elsewhere agrees with their table."""

from __future__ import annotations

import re
from pathlib import Path

from chalicelib.enrich.data import CLEANERS
from chalicelib.http.openapi_collect import HIT_FIELDS
from chalicelib.model.event_types import BUILT_IN, EVENT_TYPES

README = Path(__file__).parents[2] / "sdk" / "README.md"


def test_a_key_that_is_cleaned_in_its_own_way_belongs_to_a_built_in_type():
    of_any_event = {"source"}
    assert {*CLEANERS} - of_any_event <= {key for type_ in EVENT_TYPES for key in type_.keys}


def test_the_tracker_says_when_it_sends_each_built_in_type_and_with_which_keys():
    content = README.read_text("utf-8")
    words = {*BUILT_IN, *(key for type_ in EVENT_TYPES for key in type_.keys)}
    assert {word for word in words if not re.search(rf"`{word}[`:]", content)} == set()


def test_the_api_says_what_each_built_in_type_means():
    said = HIT_FIELDS["event_type"]["description"]
    assert all(f"`{type_.name}`, {type_.definition}" in said for type_ in EVENT_TYPES)
