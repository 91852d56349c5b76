SELECT {metrics} FROM session
