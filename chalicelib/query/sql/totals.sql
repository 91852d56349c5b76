SELECT {by} {metrics} FROM session GROUP BY ALL
