-- What every question begins with. Relation `event`: all events inside the span, `n` their place in
-- their session (time, then seq, then content). Relation `session`: a row a session, its attributes
-- those of its first event inside. The ends of the span are constants so that Athena may skip row groups.
WITH moment AS (
    SELECT
        session, visitor, {attributes},
        started_at_ms + ev_after_ms[place] AS at_ms,
        ev_seq[place] AS seq,
        type,
        ev_path[place] AS path,
        ev_title[place] AS title,
        ev_data[place] AS data
    FROM {table}
    CROSS JOIN UNNEST(ev_type) WITH ORDINALITY AS one (type, place)
    WHERE bot IS NULL AND started_at_ms < {to_ms} AND ended_at_ms >= {from_ms}
), event AS (
    SELECT
        session, visitor, {attributes}, at_ms, type,
        CASE WHEN path = '' THEN '(none)' ELSE path END AS page,
        CASE
            WHEN type = 'user_engagement'
            THEN coalesce(
                try_cast(json_extract_scalar(nullif(data, ''), '$.engagement_ms') AS bigint), 0
            )
            ELSE 0
        END AS engagement_ms,
        row_number() OVER (
            PARTITION BY session
            ORDER BY at_ms, seq, type, path, title, data, {known_attributes}
        ) AS n
    FROM moment
    WHERE at_ms >= {from_ms} AND at_ms < {to_ms}
), session AS (
    SELECT
        session, visitor,
        {first_attributes},
        min_by(page, n) FILTER (WHERE type = 'pageview') AS entry_page,
        max_by(page, n) FILTER (WHERE type = 'pageview') AS exit_page,
        count_if(type = 'pageview') AS pageviews,
        bool_or(type NOT IN ({built_in})) AS has_custom_event,
        sum(engagement_ms) AS engagement_ms,
        count(*) OVER (PARTITION BY visitor) AS sessions_of_visitor
    FROM event
    GROUP BY session, visitor
)
