#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["duckdb==1.4.2", "pytz==2025.2"]
# ///
"""Reads every Parquet file of a run folder with DuckDB, which knows nothing of fastclip.

    uv run --script duckdb_read.py FOLDER DIM

Prints a JSON object: per file its columns ([name, type] each) and its rows, every value as text (floats with all
their digits, times as ISO 8601 in UTC). Embeddings are cast to float[DIM] on the way.
"""
import datetime
import json
import pathlib
import sys

import duckdb


def text(value):
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case list() | tuple():
            return "[" + " ".join(map(text, value)) + "]"
        case datetime.datetime():
            return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case _:
            return str(value)


folder, dim = pathlib.Path(sys.argv[1]), int(sys.argv[2])
db = duckdb.connect()
db.execute("SET TimeZone = 'UTC'")
out = {}
for path in sorted(folder.rglob("*.parquet")):
    name = path.relative_to(folder).as_posix()
    source = "read_parquet('" + str(path).replace("'", "''") + "', hive_partitioning = false)"
    columns = [row[:2] for row in db.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    wanted = f"id, embedding::FLOAT[{dim}]" if name.startswith("embeddings/") else "*"
    rows = db.execute(f"SELECT {wanted} FROM {source}").fetchall()
    out[name] = {"columns": columns, "rows": [[text(v) for v in row] for row in rows]}
json.dump(out, sys.stdout)
