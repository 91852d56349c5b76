-- The rows of one site's sealed history, schema 1. Athena has no numbers without sign: `session` and
-- `visitor`, UINT_64 in the files, are bigint here. By its source (ColumnReaderFactory) Trino then takes
-- the same 64 bits, half of them negative but as different from each other as before, and refuses
-- decimal(20,0). Compare them for equality only: the files' statistics of them are without sign.
-- The location holds a list of the live files, for the folder of segments has superseded ones too.
CREATE EXTERNAL TABLE IF NOT EXISTS {table} (
{columns}
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION '{location}'
