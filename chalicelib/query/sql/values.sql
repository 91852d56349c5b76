-- The values of dimensions of which a session has one; `grouping` tells the dimensions apart.
SELECT
    {by}
    grouping_id({columns}) AS grouping,
    coalesce({columns}, '(none)') AS id,
    {metrics}
FROM session
GROUP BY {grouped_by} GROUPING SETS ({sets})
