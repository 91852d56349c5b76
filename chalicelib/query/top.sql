-- The values of a dimension of which a session has one.
SELECT coalesce({column}, '(none)') AS id, {metrics}
FROM session
GROUP BY id
ORDER BY sessions DESC, id
