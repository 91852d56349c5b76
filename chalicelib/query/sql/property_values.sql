-- The values that the events of one name have at a key, each with its kind, events and sessions;
-- then what is beyond the limit (`other`: distinct values, events), the events without the key
-- (`missing`), and the figures of the numbers (sum, least, most, half, nine tenths). A number is
-- rounded to 12 places before it is added: the sum is the same in any order.
WITH event AS NOT MATERIALIZED (
    {events}
), valued AS MATERIALIZED (
    SELECT kind, value, count(*) AS n, count(DISTINCT session) AS sessions
    FROM (SELECT session, {kind} AS kind, {value} AS value FROM (
        SELECT session, data, $key AS place FROM event
    ))
    GROUP BY kind, value
), placed AS MATERIALIZED (
    SELECT *, row_number() OVER (ORDER BY n DESC, value, kind) AS place FROM valued WHERE kind IS NOT NULL
), number AS MATERIALIZED (
    SELECT
        CAST(value AS DOUBLE) AS x,
        n,
        CAST(value AS DECIMAL(28, 12)) * CAST(n AS DECIMAL(10, 0)) AS added,
        sum(n) OVER (ORDER BY CAST(value AS DOUBLE)) AS upto,
        sum(n) OVER () AS total
    FROM (FROM valued WHERE kind = 'number')
)
SELECT part, value, kind, n, sessions, figures FROM (
    SELECT 'row' AS part, place, value, kind, n, sessions, NULL::DOUBLE[] AS figures
    FROM placed WHERE place <= $most
    UNION ALL
    SELECT 'other', 0, NULL, NULL, sum(n)::BIGINT, count(*), NULL
    FROM placed WHERE place > $most HAVING count(*) > 0
    UNION ALL
    SELECT 'missing', 0, NULL, NULL, n, sessions, NULL FROM valued WHERE kind IS NULL
    UNION ALL
    SELECT 'numbers', 0, NULL, NULL, sum(n)::BIGINT, 0, [
        CAST(sum(added) AS DOUBLE), min(x), max(x),
        min(x) FILTER (2 * upto >= total), min(x) FILTER (10 * upto >= 9 * total)
    ]
    FROM number HAVING count(*) > 0
)
ORDER BY part, place
