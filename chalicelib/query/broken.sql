-- Sessions whose rows do not stand for themselves: several rows, or cut by an edge of the span.
SELECT session
FROM {part}
WHERE started_at_ms < $to_ms AND ended_at_ms >= $from_ms AND {people}
GROUP BY session
HAVING count(*) > 1 OR min(started_at_ms) < $from_ms OR max(ended_at_ms) >= $to_ms
