-- Users, sessions and pageviews by bucket, and those of new visitors (one session in the span);
-- bucket -1 is the whole span. A session that lies in one bucket is counted by its sums; one over
-- an edge by what it did in each quarter of an hour. A visitor is one row whose flags tell in which
-- buckets he was: users need no row for each of a visitor's buckets.
WITH one_bucket AS NOT MATERIALIZED (
    SELECT visitor, {started} AS bucket, 1 AS sessions, pageviews
    FROM session
    WHERE NOT is_over_quarter OR {started} = {ended}
), piece AS NOT MATERIALIZED (
    SELECT
        visitor,
        started_at_ms,
        unnest(quarters) AS after,
        unnest(quarter_pageviews) AS pageviews,
        unnest(range(len(quarters))) AS n
    FROM session
    WHERE is_over_quarter AND {started} <> {ended}
), over_an_edge AS MATERIALIZED (
    SELECT visitor, {moment} AS bucket, (n = 0)::INTEGER AS sessions, pageviews FROM piece
), touched AS MATERIALIZED (
    SELECT * FROM one_bucket UNION ALL SELECT * FROM over_an_edge
), visitor AS MATERIALIZED (
    SELECT
        visitor,
        bit_or(($flags::{flag}[])[bucket + 1]) AS buckets,
        sum(sessions) = 1 AS is_new,
        sum(pageviews)::INTEGER AS pageviews
    FROM touched
    GROUP BY visitor
), alike AS MATERIALIZED (
    SELECT
        buckets, is_new, bit_count(buckets) > 1 AS is_over_an_edge,
        count(*) AS users, sum(pageviews)::BIGINT AS pageviews
    FROM visitor
    GROUP BY ALL
), counted AS NOT MATERIALIZED (
    SELECT bucket, 0 AS users, 0 AS new_users, sessions, pageviews, 0 AS new_pageviews
    FROM touched
    UNION ALL
    SELECT bucket, 0, 0, 0, 0, pageviews
    FROM over_an_edge SEMI JOIN (FROM visitor WHERE is_new AND bit_count(buckets) > 1) USING (visitor)
    UNION ALL
    SELECT
        n, users, CASE WHEN is_new THEN users ELSE 0 END, 0, 0,
        CASE WHEN is_new AND NOT is_over_an_edge THEN pageviews ELSE 0 END
    FROM alike, (SELECT unnest(range(len($flags))) AS n)
    WHERE bit_count(buckets & ($flags::{flag}[])[n + 1]) > 0
    UNION ALL
    SELECT -1, users, CASE WHEN is_new THEN users ELSE 0 END, 0, 0, 0 FROM alike
)
SELECT
    bucket,
    sum(users)::BIGINT AS users,
    sum(new_users)::BIGINT AS new_users,
    sum(sessions)::BIGINT AS sessions,
    sum(pageviews)::BIGINT AS pageviews,
    sum(new_pageviews)::BIGINT AS new_pageviews
FROM counted
GROUP BY bucket
