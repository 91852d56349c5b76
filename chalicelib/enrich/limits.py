"""Every limit of the collector, in one place. Sizes of text are in characters."""

from __future__ import annotations

from chalicelib.spans import HOUR_MS

MAX_BODY_BYTES = 64 * 1024
"""More is 413: also the most that a browser's sendBeacon queues."""
MAX_EVENTS = 50
"""More events in one beacon is 413."""
MAX_DEPTH = 16
"""Deeper JSON is 400; a beacon needs four levels."""

MAX_HOST = 253
MAX_PATH = 500
MAX_TITLE = 300
MAX_REFERRER = 500
MAX_LINK = 500
MAX_CAMPAIGN_VALUE = 150
"""Each UTM value."""
MAX_DATA_KEYS = 20
MAX_DATA_KEY = 64
MAX_DATA_TEXT = 500
MAX_USER_AGENT = 512
"""A longer header costs the matcher up to a second of CPU (100 KB: 1.1 s)."""

MAX_NAME = 60
"""Of a browser or bot, where its header names it."""

MAX_NUMBER = 2**53
"""Beyond it JSON readers disagree about the value."""
MAX_AGE_MS = 48 * HOUR_MS
"""An older event counts as this old."""
REFUSED_AGE_MS = 7 * 24 * HOUR_MS
"""Older than this is refused: the item that would mark it as a duplicate may be gone."""
MAX_ENGAGEMENT_MS = 4 * HOUR_MS
MAX_LOAD_TIME_MS = HOUR_MS

REQUESTS_PER_MINUTE = 600
"""Of one address, as one instance counts them."""
DERIVED_ID_WINDOW_MS = 10_000
"""Two equal beacons without ids inside one window are one."""
