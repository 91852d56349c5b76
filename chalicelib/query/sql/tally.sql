-- The values of a dimension of which a session contains several, counted: sessions of one tally
-- are put together first. Their pageviews go to each value.
WITH same AS NOT MATERIALIZED (
    SELECT {by} {visitor} {column} AS tally, count(*) AS sessions, sum(pageviews) AS pageviews
    FROM session
    WHERE {column} IS NOT NULL
    GROUP BY ALL
), entry AS NOT MATERIALIZED (
    SELECT
        {by} {visitor} sessions, pageviews,
        unnest(map_entries(CAST(tally::JSON AS MAP(VARCHAR, BIGINT)))) AS counted
    FROM same
)
SELECT
    {by}
    counted.key AS id,
    sum(sessions)::BIGINT AS sessions,
    sum(pageviews)::BIGINT AS pageviews,
    {users}
    sum(counted.value * sessions)::BIGINT AS count
FROM entry
GROUP BY {by} id
