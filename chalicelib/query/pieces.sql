-- All rows of the broken sessions, to be made whole.
SELECT {columns}
FROM {part} SEMI JOIN broken USING (session)
WHERE started_at_ms < $to_ms AND ended_at_ms >= $from_ms AND {people}
