#!/usr/bin/env -S uv run --script
# /// script
# requires-python = "==3.11.*"
# dependencies = ["duckdb==1.4.2", "numpy==2.4.6", "pytz==2025.2"]
# ///
"""Recomputes a variant's scores and drift from the embeddings of a run, with nothing of fastclip's.

    uv run --script recompute.py FOLDER DATASET VARIANT REFERENCE < RELEVANCE

RELEVANCE is a JSON object: by direction, by query id, the ids of what is relevant to it. Every Parquet file of the run is
read with DuckDB. Prints a JSON object: by score or drift row, {"got": in the run, "want": recomputed here}; rows of one
side alone have null on the other. p99_abs is numpy's percentile by nearest rank, as ours is (of few values, one between two of them differs).
"""
import json
import pathlib
import sys

import duckdb
import numpy as np

folder, dataset, variant, reference = sys.argv[1:]
relevance = json.load(sys.stdin)
db = duckdb.connect()


def select(columns, name, where="true", values=()):
    source = str(pathlib.Path(folder, name)).replace("'", "''")
    return db.execute(f"SELECT {columns} FROM read_parquet('{source}', hive_partitioning = false) WHERE {where}", values).fetchall()


def embeddings(of, modality):
    rows = select("id, embedding", f"embeddings/{of}/{dataset}.{modality}.parquet")
    return [r[0] for r in rows], np.array([r[1] for r in rows], dtype=np.float32)


def unit(m):
    m = m.astype(np.float64)
    return m / np.linalg.norm(m, axis=1, keepdims=True)


def metrics(hit):
    rank = np.arange(1, len(hit) + 1)
    discount = 1 / np.log2(rank + 1)
    n = int(hit.sum())
    return {
        **{f"R@{k}": float(hit[:k].any()) for k in (1, 5, 10)},
        "MAP": float(((np.cumsum(hit) / rank) * hit).sum() / n),
        "MRR": 1 / int(rank[hit][0]),
        "nDCG@10": float((discount * hit)[:10].sum() / discount[:min(10, n)].sum()),
    }


def search(direction, query_ids, queries, item_ids, items):
    means = {}
    for i, query in enumerate(query_ids):
        wanted = set(relevance[direction].get(query, ()))
        if not wanted:
            continue
        sims = items @ queries[i]
        order = [k for k in range(len(item_ids)) if not (direction == "i2i" and item_ids[k] == query)]
        order.sort(key=lambda k: item_ids[k].encode(), reverse=True)
        order.sort(key=lambda k: -sims[k])
        for name, value in metrics(np.array([item_ids[k] in wanted for k in order])).items():
            means.setdefault(name, []).append(value)
    return {f"score/{direction}/{name}": float(np.mean(v)) for name, v in means.items()}


def difference(where, a, b):
    gap = np.abs(a.astype(np.float64) - b.astype(np.float64))
    a, b = unit(a), unit(b)
    cos = (a * b).sum(axis=1)
    values = {"mean_abs": gap.mean(), "max_abs": gap.max(), "p99_abs": np.percentile(gap, 99, method="inverted_cdf"), "cosine_min": cos.min(), "cosine_mean": cos.mean()}
    return {f"drift/{where}/{k}": float(v) for k, v in values.items()}


for path in pathlib.Path(folder).rglob("*.parquet"):
    assert select("count(*)", path.relative_to(folder).as_posix())[0][0] >= 0

image_ids, images = embeddings(variant, "image")
text_ids, texts = embeddings(variant, "text")
ref_image_ids, ref_images = embeddings(reference, "image")
ref_text_ids, ref_texts = embeddings(reference, "text")
assert image_ids == ref_image_ids and text_ids == ref_text_ids

want = {
    **search("t2i", text_ids, unit(texts), image_ids, unit(images)),
    **search("i2t", image_ids, unit(images), text_ids, unit(texts)),
    **search("i2i", image_ids, unit(images), image_ids, unit(images)),
    **difference("image/embedding", images, ref_images),
    **difference("text/embedding", texts, ref_texts),
    **difference("image/unit", unit(images), unit(ref_images)),
    **difference("text/unit", unit(texts), unit(ref_texts)),
    **difference("similarity/similarity", unit(texts) @ unit(images).T, unit(ref_texts) @ unit(ref_images).T),
}
got = {f"score/{d}/{m}": v for d, m, v in select("direction, metric, value", "scores.parquet", "dataset = ? AND variant = ?", [dataset, variant])}
got |= {
    f"drift/{m}/{s}/{t}": v
    for m, s, t, v in select("modality, stage, stat, value", "drift.parquet",
                             "dataset = ? AND variant = ? AND stage IN ('embedding', 'unit', 'similarity')", [dataset, variant])
}
rows = {k: {"got": got.get(k), "want": want.get(k)} for k in sorted(got.keys() | want.keys())}
json.dump(rows, sys.stdout, indent=1)
