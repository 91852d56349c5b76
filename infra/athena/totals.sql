-- The figures of the whole span, in one row.
SELECT
    count(DISTINCT visitor) AS users,
    count(DISTINCT CASE WHEN sessions_of_visitor = 1 THEN visitor END) AS "new",
    count(DISTINCT CASE WHEN sessions_of_visitor > 1 THEN visitor END) AS "returning",
    count(*) AS sessions,
    coalesce(sum(pageviews), 0) AS pageviews,
    coalesce(
        CAST(
            count_if(engagement_ms < 10000 AND pageviews < 2 AND NOT has_custom_event) AS double
        ) / nullif(count(*), 0), 0
    ) AS bounce_rate,
    coalesce(
        CAST(sum(engagement_ms) AS double) / nullif(count(*), 0), 0
    ) AS engagement_ms_per_session,
    coalesce(CAST(sum(pageviews) AS double) / nullif(count(*), 0), 0) AS views_per_session
FROM session
