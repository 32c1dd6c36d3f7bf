#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["duckdb==1.4.2", "pytz==2025.2"]
# ///
"""Runs one query with DuckDB, which knows nothing of fastclip, and prints its rows, tab separated, under their names.

    uv run --script duckdb_query.py "select ..."
"""
import sys

import duckdb

result = duckdb.connect().execute(sys.argv[1])
print("\t".join(column[0] for column in result.description))
for row in result.fetchall():
    print("\t".join(map(str, row)))
