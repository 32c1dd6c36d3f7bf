# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Reads a JSON list of [text, delimiter] from stdin, and prints the rows that Python's csv reads from each."""
import csv
import io
import json
import sys

out = []
for text, delimiter in json.load(sys.stdin):
    out.append([row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row])
json.dump(out, sys.stdout)
