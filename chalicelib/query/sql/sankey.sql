-- Links of the flow: step, source, target, sessions. Each step keeps its `limit` largest labels;
-- the rest is (other), no next page (exit).
WITH node AS NOT MATERIALIZED (
    SELECT step, source AS label, sessions FROM counted
    UNION ALL
    SELECT step + 1, target, sessions FROM counted WHERE step = $last AND target IS NOT NULL
), kept AS MATERIALIZED (
    SELECT step, label
    FROM node
    GROUP BY step, label
    QUALIFY row_number() OVER (PARTITION BY step ORDER BY sum(sessions) DESC, label) <= $limit
)
SELECT
    link.step,
    coalesce(source.label, '(other)') AS source,
    CASE WHEN link.target IS NULL THEN '(exit)' ELSE coalesce(target.label, '(other)') END AS target,
    sum(sessions)::BIGINT AS sessions
FROM counted AS link
LEFT JOIN kept AS source ON source.step = link.step AND source.label = link.source
LEFT JOIN kept AS target ON target.step = link.step + 1 AND target.label = link.target
GROUP BY ALL
HAVING sum(sessions) > 0
ORDER BY 1, 4 DESC, 2, 3
