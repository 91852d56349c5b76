-- Pages seen. A session that only stayed on a page, having opened it before the span, adds its
-- engagement and scrolls to the page, but is no session of it.
SELECT
    page AS id,
    count(DISTINCT CASE WHEN type = 'pageview' THEN session END) AS sessions,
    count_if(type = 'pageview') AS pageviews,
    count(DISTINCT CASE WHEN type = 'pageview' THEN visitor END) AS users,
    sum(engagement_ms) AS engagement_ms,
    count_if(type = 'scroll') AS scrolled_90
FROM event
WHERE type IN ('pageview', 'user_engagement', 'scroll')
GROUP BY page
HAVING count_if(type = 'pageview') > 0
ORDER BY pageviews DESC, id
