-- Users, sessions and pageviews by bucket and by new (one session in the span) or returning.
-- Bucket -1 holds the visitors of the whole span. A session that lies in one bucket is counted
-- by its sums; one over an edge by the time of each of its events.
WITH one_bucket AS NOT MATERIALIZED (
    SELECT visitor, {started} AS bucket, 1 AS sessions, pageviews
    FROM session
    WHERE {started} = {ended}
), over_an_edge AS NOT MATERIALIZED (
    SELECT
        visitor,
        started_at_ms,
        unnest(ev_after_ms) AS after_ms,
        unnest(ev_type) AS type,
        unnest(range(len(ev_type))) AS n
    FROM session
    WHERE {maybe_over} AND {started} <> {ended}
), touched AS NOT MATERIALIZED (
    SELECT * FROM one_bucket
    UNION ALL
    SELECT visitor, {moment}, (n = 0)::INTEGER, (type = 'pageview')::INTEGER FROM over_an_edge
), visitor_bucket AS MATERIALIZED (
    SELECT visitor, bucket, sum(sessions) AS sessions, sum(pageviews) AS pageviews
    FROM touched
    GROUP BY ALL
), kind AS MATERIALIZED (
    SELECT visitor, sum(sessions) = 1 AS is_new FROM visitor_bucket GROUP BY visitor
)
SELECT
    bucket, is_new, count(*) AS users, sum(sessions)::BIGINT AS sessions,
    sum(pageviews)::BIGINT AS pageviews
FROM visitor_bucket JOIN kind USING (visitor)
GROUP BY ALL
UNION ALL
SELECT -1, is_new, count(*), 0, 0 FROM kind GROUP BY ALL
