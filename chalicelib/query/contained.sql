-- The values of a dimension of which a session contains several: its pageviews go to each.
WITH entry AS (
    SELECT visitor, pageviews, unnest({contained}) AS id, {counts} FROM session
)
SELECT id, {metrics}, {sums}
FROM entry
GROUP BY id
ORDER BY {ranked_by} DESC, id
