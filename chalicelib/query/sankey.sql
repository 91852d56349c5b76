-- Links of the flow: step, source, target, sessions. Repeats of a page in a row count once;
-- each step keeps its `limit` largest pages, the rest is (other); leaving goes to (exit).
WITH path AS MATERIALIZED (
    SELECT pages, count(*) AS sessions
    FROM (
        SELECT list_concat({before}, list_filter(view_pages, lambda x, i: i = 1 OR x <> view_pages[i - 1])[:$steps]) AS pages,
        FROM session
        WHERE pageviews > 0
    )
    GROUP BY pages
), step AS (
    SELECT unnest(range(1, $last + 1)) AS step
), node AS (
    SELECT step, pages[step] AS id, sum(sessions) AS sessions
    FROM path JOIN step ON step <= len(pages)
    GROUP BY ALL
), kept AS MATERIALIZED (
    SELECT step, id
    FROM node
    QUALIFY row_number() OVER (PARTITION BY step ORDER BY sessions DESC, id) <= $limit
)
SELECT
    step.step + $first - 1 AS step,
    coalesce(source.id, '(other)') AS source,
    CASE WHEN len(pages) = step.step THEN '(exit)' ELSE coalesce(target.id, '(other)') END AS target,
    sum(sessions)::BIGINT AS sessions
FROM path
JOIN step ON step.step <= len(pages) AND step.step < $last
LEFT JOIN kept AS source ON source.step = step.step AND source.id = pages[step.step]
LEFT JOIN kept AS target ON target.step = step.step + 1 AND target.id = pages[step.step + 1]
GROUP BY ALL
ORDER BY 1, 4 DESC, 2, 3
