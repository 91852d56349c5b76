-- The rows that are shown of a list, each split by another dimension: id, inner id, place among
-- those of its row, sessions, pageviews, users. The last place sums up what is beyond the limit;
-- its inner id and its users are null.
WITH pair AS MATERIALIZED (
    SELECT
        {outer_id} AS id,
        {inner_id} AS inner_id,
        {metrics}
    FROM session
    WHERE {outer_id} IN (SELECT id FROM shown)
    GROUP BY ALL
), placed AS MATERIALIZED (
    SELECT *, row_number() OVER (PARTITION BY id ORDER BY sessions DESC, inner_id) AS place FROM pair
)
SELECT id, inner_id, place, sessions, pageviews, users FROM placed WHERE place <= $most
UNION ALL
SELECT id, NULL, $most + 1, sum(sessions)::BIGINT, sum(pageviews)::BIGINT, NULL
FROM placed WHERE place > $most GROUP BY id
ORDER BY id, place
