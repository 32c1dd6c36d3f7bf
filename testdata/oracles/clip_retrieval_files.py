#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "pandas==2.3.3", "pyarrow==21.0.0"]
# ///
"""Writes embeddings as clip-retrieval's inference does (clip_inference/writer.py, 2.44.0): clip_retrieval_files.py OUT < ROWS.

A row is a JSON line: path, caption, image, text (lists of numbers). Two shards of float16 in OUT/img_emb, OUT/text_emb and
OUT/metadata, and the same as float32 in OUT/plain with a line for each id.
"""
import json
import pathlib
import sys

import numpy as np
import pandas as pd

out = pathlib.Path(sys.argv[1])
rows = [json.loads(line) for line in sys.stdin]
for name in ("img_emb", "text_emb", "metadata", "plain"):
    (out / name).mkdir(parents=True)
half = len(rows) // 2
for shard, part in enumerate((rows[:half], rows[half:])):
    for folder, stem, key in (("img_emb", "img_emb", "image"), ("text_emb", "text_emb", "text")):
        np.save(out / folder / f"{stem}_{shard}.npy", np.array([r[key] for r in part], dtype=np.float16))
    pd.DataFrame({"image_path": [r["path"] for r in part], "caption": [r["caption"] for r in part]}).to_parquet(out / "metadata" / f"metadata_{shard}.parquet")
for stem, key, id in (("image", "image", "path"), ("text", "text", "caption")):
    np.save(out / "plain" / f"{stem}.npy", np.array([r[key] for r in rows], dtype=np.float32))
    (out / "plain" / f"{stem}.txt").write_text("\n".join(r[id] for r in rows) + "\n")
