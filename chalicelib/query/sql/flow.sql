-- Links of the flow, without limit: step, source, target (null: none), sessions.
WITH path AS NOT MATERIALIZED (
    SELECT {by} {labels}, count(*) AS sessions FROM session WHERE pageviews > 0 GROUP BY ALL
)
{pairs}
