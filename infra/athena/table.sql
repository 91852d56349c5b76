-- The rows of one site's sealed history, schema 1. Athena has no numbers without sign: `session` and
-- `visitor`, UINT_64 in the files, are bigint here. By its source (ColumnReaderFactory) Trino then takes
-- the same 64 bits, half of them negative but as different from each other as before, and refuses
-- decimal(20,0). Compare them for equality only: the files' statistics of them are without sign.
-- The location holds a list of the live files, for the folder of segments has superseded ones too.
CREATE EXTERNAL TABLE IF NOT EXISTS {table} (
    `session` bigint,
    `visitor` bigint,
    `source` string,
    `medium` string,
    `campaign` string,
    `campaign_id` string,
    `term` string,
    `content` string,
    `channel` string,
    `referrer` string,
    `attributed_by` string,
    `device` string,
    `browser` string,
    `browser_version` string,
    `os` string,
    `os_version` string,
    `country` string,
    `region` string,
    `city` string,
    `placed_by` string,
    `language` string,
    `screen` string,
    `bot` string,
    `started_at_ms` bigint,
    `ended_at_ms` bigint,
    `is_over_quarter` boolean,
    `quarters` array<int>,
    `quarter_pageviews` array<int>,
    `pageviews` int,
    `engagement_ms` bigint,
    `step_1` string,
    `step_2` string,
    `step_3` string,
    `step_4` string,
    `step_5` string,
    `step_6` string,
    `step_7` string,
    `step_8` string,
    `entry_page` string,
    `exit_page` string,
    `pages` array<string>,
    `page_views` array<int>,
    `page_engagement_ms` array<bigint>,
    `page_scrolls` array<int>,
    `events` string,
    `outbounds` string,
    `ev_after_ms` array<bigint>,
    `ev_type` array<string>,
    `ev_seq` array<bigint>,
    `ev_path` array<string>,
    `ev_title` array<string>,
    `ev_data` array<string>
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION '{location}'
