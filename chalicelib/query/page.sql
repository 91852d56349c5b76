-- Pages seen. A session that only stayed on a page, having opened it before the span, adds its
-- engagement and scrolls to the page, but is no session of it.
WITH entry AS (
    SELECT visitor, unnest({contained}) AS id, {counts} FROM session
)
SELECT id, {metrics}, {sums}
FROM entry
WHERE {values_kept}
GROUP BY id
HAVING sum(entry.pageviews) > 0
ORDER BY {ranked_by} DESC, id
