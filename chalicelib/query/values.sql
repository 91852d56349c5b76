-- The values of dimensions of which a session has one; `grouping` tells the dimensions apart.
SELECT
    grouping_id({columns}) AS grouping,
    coalesce({columns}, '(none)') AS id,
    {metrics}
FROM session
GROUP BY GROUPING SETS ({sets})
