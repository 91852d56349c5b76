-- A row a local day of the zone on which something happened. A session is counted on the day of its
-- first event, a user on every day, and a visitor is new who has one session in the whole span.
, dated AS (
    SELECT
        visitor, n, type,
        CAST(from_unixtime(at_ms / 1E3) AT TIME ZONE '{zone}' AS date) AS day,
        count_if(n = 1) OVER (PARTITION BY visitor) AS sessions_of_visitor
    FROM event
)
SELECT
    day,
    count(DISTINCT visitor) AS users,
    count_if(n = 1) AS sessions,
    count_if(type = 'pageview') AS pageviews,
    count_if(type = 'pageview' AND sessions_of_visitor = 1) AS new_pageviews,
    count_if(type = 'pageview' AND sessions_of_visitor > 1) AS returning_pageviews
FROM dated
GROUP BY day
ORDER BY day
