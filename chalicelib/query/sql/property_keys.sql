-- What the events of one name say: how many there are (key null), then each key with its events,
-- its distinct values, and how many of them are text, numbers, true or false. Equal data is read once.
WITH event AS NOT MATERIALIZED (
    {events}
), same AS MATERIALIZED (
    SELECT data, count(*) AS n FROM event GROUP BY data
), key AS NOT MATERIALIZED (
    SELECT data, n, unnest(json_keys(data)) AS key FROM same WHERE data <> ''
), place AS NOT MATERIALIZED (
    SELECT data, n, key, '/' || replace(replace(key, '~', '~0'), '/', '~1') AS place FROM key
), valued AS MATERIALIZED (
    SELECT key, {kind} AS kind, {value} AS value, sum(n) AS n FROM place GROUP BY ALL
)
SELECT key, count, values, texts, numbers, booleans FROM (
    SELECT NULL AS key, coalesce(sum(n), 0)::BIGINT AS count, 0 AS values, 0 AS texts, 0 AS numbers, 0 AS booleans
    FROM same
    UNION ALL
    SELECT
        key,
        sum(n)::BIGINT,
        count(*),
        coalesce(sum(n) FILTER (kind = 'text'), 0)::BIGINT,
        coalesce(sum(n) FILTER (kind = 'number'), 0)::BIGINT,
        coalesce(sum(n) FILTER (kind = 'boolean'), 0)::BIGINT
    FROM valued
    GROUP BY key
)
ORDER BY key IS NOT NULL, count DESC, key
LIMIT $most + 1
