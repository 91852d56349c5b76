-- Pages seen. A session that only stayed on a page, having opened it before the span, adds its
-- engagement and scrolls to the page, but is no session of it.
WITH entry AS NOT MATERIALIZED (
    SELECT {by} {visitor} unnest({column}) AS id, {counts} FROM session
)
SELECT
    {by}
    id,
    count_if(pageviews > 0) AS sessions,
    sum(pageviews)::BIGINT AS pageviews,
    {users}
    sum(engagement_ms)::BIGINT AS engagement_ms,
    sum(scrolled_90)::BIGINT AS scrolled_90
FROM entry
WHERE {values_kept}
GROUP BY {by} id
