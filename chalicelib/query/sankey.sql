-- Links of the flow: step, source, target, sessions. Each step keeps its `limit` largest labels;
-- the rest is (other), no next page (exit).
WITH path AS MATERIALIZED (
    SELECT {labels}, count(*) AS sessions FROM session WHERE pageviews > 0 GROUP BY ALL
), pair AS MATERIALIZED (
    {pairs}
), node AS NOT MATERIALIZED (
    SELECT step, source AS label, sessions FROM pair
    UNION ALL
    SELECT step + 1, target, sessions FROM pair WHERE step = $last AND target IS NOT NULL
), kept AS MATERIALIZED (
    SELECT step, label
    FROM node
    GROUP BY step, label
    QUALIFY row_number() OVER (PARTITION BY step ORDER BY sum(sessions) DESC, label) <= $limit
)
SELECT
    pair.step,
    coalesce(source.label, '(other)') AS source,
    CASE WHEN target IS NULL THEN '(exit)' ELSE coalesce(target.label, '(other)') END AS target,
    sum(sessions)::BIGINT AS sessions
FROM pair
LEFT JOIN kept AS source ON source.step = pair.step AND source.label = pair.source
LEFT JOIN kept AS target ON target.step = pair.step + 1 AND target.label = pair.target
GROUP BY ALL
ORDER BY 1, 4 DESC, 2, 3
