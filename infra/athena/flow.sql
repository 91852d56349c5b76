-- Links of the flow from the entry page on: step, source, target, sessions. Repeats of one page in a
-- row are one step; each step keeps its {limit} largest pages, the rest is (other), no next page (exit).
, viewed AS (
    SELECT session, n, page, lag(page) OVER (PARTITION BY session ORDER BY n) AS page_before
    FROM event
    WHERE type = 'pageview'
), stepped AS (
    SELECT session, page, row_number() OVER (PARTITION BY session ORDER BY n) AS step
    FROM viewed
    WHERE page_before IS NULL OR page <> page_before
), sized AS (
    SELECT session, step, page, count(*) OVER (PARTITION BY step, page) AS size
    FROM stepped
    WHERE step <= {steps}
), ranked AS (
    SELECT
        session, step, page,
        dense_rank() OVER (PARTITION BY step ORDER BY size DESC, page) AS rank
    FROM sized
), labelled AS (
    SELECT session, step, CASE WHEN rank <= {limit} THEN page ELSE '(other)' END AS label
    FROM ranked
), link AS (
    SELECT
        step,
        label AS source,
        coalesce(lead(label) OVER (PARTITION BY session ORDER BY step), '(exit)') AS target
    FROM labelled
)
SELECT step, source, target, count(*) AS sessions
FROM link
WHERE step < {steps}
GROUP BY step, source, target
ORDER BY step, sessions DESC, source, target
