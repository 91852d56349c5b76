-- How fast pages were, by id (empty: all): pageviews, then of each timing how often it was measured,
-- its 75th percentile, how many were good and how many needed improvement.
WITH load AS NOT MATERIALIZED (
    {loads}
), sample AS NOT MATERIALIZED (
    {samples}
), counted AS NOT MATERIALIZED (
    SELECT CASE grouping(id) WHEN 1 THEN '' ELSE id END AS id, sum(loads)::BIGINT AS loads
    FROM load GROUP BY GROUPING SETS ((id), ())
), measured AS NOT MATERIALIZED (
    SELECT CASE grouping(id) WHEN 1 THEN '' ELSE id END AS id, {figures}
    FROM sample GROUP BY GROUPING SETS ((id), ())
)
SELECT id, coalesce(loads, 0) AS loads, {names}
FROM counted FULL JOIN measured USING (id)
WHERE id = '' OR coalesce(loads, 0) > 0 OR {is_measured}
ORDER BY id <> '', loads DESC, id
LIMIT $most + 1
