-- One row a session: the rows that lie wholly inside the span, and the split ones stitched.
SELECT {columns}
FROM {part} {join}
WHERE started_at_ms >= $from_ms AND ended_at_ms < $to_ms AND {people} {outside}
UNION ALL
SELECT {columns} FROM stitched
