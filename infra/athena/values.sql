-- The values of a dimension of which a session has one.
SELECT
    coalesce({column}, '(none)') AS id,
    count(*) AS sessions,
    sum(pageviews) AS pageviews,
    count(DISTINCT visitor) AS users
FROM session
GROUP BY 1
ORDER BY sessions DESC, id
