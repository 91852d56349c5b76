"""Which domains belong to nobody alone: the Public Suffix List, read when first asked for.

https://publicsuffix.org: under `com`, `co.uk` or `github.io` anybody may have a name.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def is_shared(name: str) -> bool:
    """Whether a domain (lower case, ASCII) is a public suffix. One whose top level the list does
    not know, as `localhost` or an address, is none."""
    return _read_suffixes().is_public(name)


@cache
def _read_suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False)
