-- Links of the flow: step, source, target, sessions. Each step keeps its `limit` largest labels,
-- known from here by their rank; 0 is the rest, -1 is to have left.
WITH path AS NOT MATERIALIZED (
    SELECT {labels} FROM session WHERE pageviews > 0
), node AS NOT MATERIALIZED (
    SELECT grouping_id({names}) AS grouping, coalesce({names}) AS label, count(*) AS sessions
    FROM path
    GROUP BY GROUPING SETS ({sets})
), kept AS MATERIALIZED (
    SELECT
        grouping,
        label,
        row_number() OVER (PARTITION BY grouping ORDER BY sessions DESC, label) AS rank
    FROM node
    WHERE label IS NOT NULL
    QUALIFY rank <= $limit
), flow AS MATERIALIZED (
    SELECT {ranks}, count(*) AS sessions
    FROM path
    {joins}
    GROUP BY ALL
), link AS NOT MATERIALIZED (
    {pairs}
)
SELECT
    step + $first AS step,
    CASE WHEN link.source = 0 THEN '(other)' ELSE source.label END AS source,
    CASE link.target WHEN 0 THEN '(other)' WHEN -1 THEN '(exit)' ELSE target.label END AS target,
    sum(sessions)::BIGINT AS sessions
FROM link
LEFT JOIN kept AS source ON source.grouping = link.source_grouping AND source.rank = link.source
LEFT JOIN kept AS target ON target.grouping = link.target_grouping AND target.rank = link.target
GROUP BY ALL
ORDER BY 1, 4 DESC, 2, 3
