"""PostgreSQL with tables of events and of sessions, indexed by time; a cluster of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import psycopg

from tests.bench.peers import question
from tests.bench.peers.traffic import tuples

NUMBERS = ("at_ms", "seq", "engagement_ms", "started_at_ms", "pageviews")
STEP = """
CREATE TEMP TABLE step AS
SELECT session, path, row_number() OVER (PARTITION BY session ORDER BY at_ms, seq) AS step
FROM (
    SELECT session, path, at_ms, seq,
        lag(path) OVER (PARTITION BY session ORDER BY at_ms, seq) AS before
    FROM event_asked WHERE type = 'pageview'
) AS views
WHERE before IS NULL OR before <> path
"""
SETTINGS = {
    "shared_buffers": "512MB",
    "work_mem": "256MB",
    "maintenance_work_mem": "256MB",
    "temp_buffers": "256MB",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "fsync": "off",
    "listen_addresses": "",
}


class Postgres:
    name = "PostgreSQL"

    def __init__(self, folder: Path) -> None:
        self._home = folder / "postgres"
        self._home.mkdir()
        self._as = _unprivileged(self._home)
        self._run("initdb", "-D", f"{self._home}/data", "-A", "trust", "-U", "bench", "-N")
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        self._run(
            *("pg_ctl", "-D", f"{self._home}/data", "-w", "-l", f"{self._home}/log"),
            *("-o", f"{options} -k {self._home}", "start"),
        )
        self._database = psycopg.connect(
            host=str(self._home), user="bench", dbname="postgres", autocommit=True
        )

    def fill(self, files: dict[str, Path]) -> None:
        for name, path in files.items():
            self._fill(name, path)
        self._database.execute("CREATE INDEX ON event (site, at_ms)")
        self._database.execute("CREATE INDEX ON event (site, session)")
        self._database.execute("CREATE INDEX ON session (site, started_at_ms)")
        self._database.execute("VACUUM ANALYZE")

    def _fill(self, name: str, path: Path) -> None:
        columns, rows = tuples(path)
        types = (f"{column} {'bigint' if column in NUMBERS else 'text'}" for column in columns)
        self._database.execute(f"CREATE TABLE {name} ({', '.join(types)})")
        with self._database.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def answer(self, from_ms: int, to_ms: int) -> question.Answer:
        run = self._database.execute
        run("DROP TABLE IF EXISTS kept, step")
        for name, at in (("event", "at_ms"), ("session", "started_at_ms")):
            run(
                f"CREATE OR REPLACE TEMP VIEW {name}_asked AS SELECT * FROM {name} "
                f"WHERE site = 'demo' AND {at} >= {from_ms} AND {at} < {to_ms}"
            )
        run(STEP)
        run("ANALYZE step")
        run(f"CREATE TEMP TABLE kept AS {question.KEPT}")
        return question.ask(
            lambda sql: run(sql).fetchall(),
            day="at_ms / 86400000",
            day_of_start="started_at_ms / 86400000",
            is_missing="IS NULL",
        )

    def cpu_s(self) -> float:
        """Ours and the backend's."""
        fields = Path(f"/proc/{self._database.info.backend_pid}/stat").read_text().split()
        ticks = int(fields[13]) + int(fields[14])
        return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        self._database.close()
        self._run("pg_ctl", "-D", f"{self._home}/data", "-m", "immediate", "stop")

    def _run(self, command: str, *arguments: str) -> None:
        program = shutil.which(command) or _newest(command)
        subprocess.run(
            [*self._as, program, *arguments],
            check=True,
            cwd=self._home,
            stdout=subprocess.DEVNULL,
        )


def _newest(command: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{command}"))
    if not found:
        raise SystemExit("PostgreSQL is needed: apt-get install postgresql")
    return str(found[-1])


def _unprivileged(home: Path) -> list[str]:
    """PostgreSQL refuses to run as root: then it runs as nobody, whose home this becomes."""
    if os.getuid():
        return []
    home.parent.chmod(0o755)
    shutil.chown(home, "nobody", "nogroup")
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
