"""Every limit of the collector, in one place. Sizes of text are in characters."""

from __future__ import annotations

from chalicelib.model.spans import HOUR_MS

MAX_BODY_BYTES = 64 * 1024
"""More is 413: also the most that a browser's sendBeacon queues."""

MAX_EVENTS = 50
"""More events in one beacon is 413."""

MAX_ITEM_BYTES = 64 * 1024
"""Of what is stored of one session in one beacon, names and index keys included; more is 413."""

SESSION_BYTES = 1024
"""A session may be stored with so many bytes beside twice those that were sent for it: its keys,
and what a header that was read and our own lists say of it."""

MAX_VISITORS = 5
"""More distinct visitors in one beacon is 429."""

MAX_DEPTH = 16
"""Deeper JSON is 400; a beacon needs four levels."""

MAX_ADDRESS = 24_000
"""Of an address as it was sent: more than its host, path and query may have, see below."""

MAX_QUERY = 8_000
"""In which campaign tags and click ids are looked for."""

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

DERIVED_ID_WINDOW_MS = 10_000
"""Two equal beacons without ids inside one window are one."""
