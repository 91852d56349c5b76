"""Texts made to be slow to look through: a beginning, a long run, an end that does not fit it."""

from __future__ import annotations

PUMPS = (
    "@", "%", "%40", "%4", "a@", "@a.", "a.", "a-", "x!", "/", "\\", "&", "a=", "&a=b", "?", "#",
    ":", "[", "(", ")", '"', "'", " ", ",", ";q=0.1,", "é", "中", "\ud800", "\x00", "%E4", "a@b.co",
    "bot", "Android(", "(Android", "tizen", "Mozilla ", "utm_source=a&", "PlayStation ", "http://",
    "compatible; ",
)  # fmt: skip
SHAPES: tuple[tuple[str, str], ...] = (
    ("", ""),
    ("http://", ":x"),
    ("https://example.com/", ""),
    ("https://example.com/?", "#"),
    ("https://example.com/a@", "."),
    ("android-app://", "!"),
    ("data:", ","),
)


def bomb(shape: tuple[str, str], pump: str, size: int) -> str:
    """About `size` characters of a run between the two ends of a shape."""
    before, after = shape
    return before + pump * (size // len(pump)) + after
