-- Users, sessions and pageviews by bucket and by new (one session in the span) or returning.
-- Bucket -1 holds the visitors of the whole span. A session that lies in one bucket is counted
-- by its sums; one over an edge by the time of each of its events. Who is not new returns: the one
-- session of a new visitor mostly lies in one bucket, so no visitor need be joined with a kind.
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
    SELECT
        visitor, bucket, sum(sessions)::INTEGER AS sessions, sum(pageviews)::INTEGER AS pageviews
    FROM touched
    GROUP BY ALL
), kind AS MATERIALIZED (
    SELECT
        visitor,
        sum(sessions) = 1 AS is_new,
        count(*) > 1 AS is_over_an_edge,
        min(bucket) AS bucket,
        sum(pageviews)::INTEGER AS pageviews
    FROM visitor_bucket
    GROUP BY visitor
), new AS MATERIALIZED (
    SELECT
        bucket, count(*) AS users, sum(sessions)::BIGINT AS sessions,
        sum(pageviews)::BIGINT AS pageviews
    FROM (
        SELECT bucket, 1 AS sessions, pageviews FROM kind WHERE is_new AND NOT is_over_an_edge
        UNION ALL
        SELECT bucket, sessions, pageviews
        FROM visitor_bucket
        SEMI JOIN (SELECT visitor FROM kind WHERE is_new AND is_over_an_edge) USING (visitor)
    )
    GROUP BY bucket
), everybody AS NOT MATERIALIZED (
    SELECT
        bucket, count(*) AS users, sum(sessions)::BIGINT AS sessions,
        sum(pageviews)::BIGINT AS pageviews
    FROM visitor_bucket
    GROUP BY bucket
)
SELECT bucket, true AS is_new, users, sessions, pageviews FROM new
UNION ALL
SELECT
    bucket, false, everybody.users - coalesce(new.users, 0),
    everybody.sessions - coalesce(new.sessions, 0),
    everybody.pageviews - coalesce(new.pageviews, 0)
FROM everybody LEFT JOIN new USING (bucket)
UNION ALL
SELECT -1, is_new, count(*), 0, 0 FROM kind GROUP BY ALL
