# /// script
# requires-python = ">=3.11"
# dependencies = ["duckdb==2.0.1", "polars==2.1.0", "matplotlib==3.11.2", "pyarrow==26.0.1"]
# ///
"""Reads a run of fastclip without fastclip: uv run --script examples/read_run.py RUN [PLOT.png]

The cells can be run one after the other in an editor that knows "# %%" cells, or all at once.
"""

# %% Which run
import sys
from pathlib import Path

import duckdb
import matplotlib
import polars as pl

matplotlib.use("Agg")  # draws into a file, without a window
import matplotlib.pyplot as plt  # noqa: E402

run = Path(sys.argv[1] if len(sys.argv) > 1 else "results/latest")
plot = Path(sys.argv[2] if len(sys.argv) > 2 else "scores.png")

# %% DuckDB reads the files where they are: scores, with those of the reference
db = duckdb.connect()
scores = db.sql(f"""
    select s.variant, s.dataset, s.direction, round(100 * s.value, 1) as "R@1", round(100 * (s.value - r.value), 1) as points
    from '{run}/scores.parquet' s
    join '{run}/variants.parquet' v on v.is_reference
    join '{run}/scores.parquet' r on (r.variant, r.dataset, r.direction, r.metric) = (v.variant, s.dataset, s.direction, s.metric)
    where s.metric = 'R@1'
    order by points, s.variant, s.dataset, s.direction
""")
print(scores)

# %% Queries whose top result a variant lost. A query is a row, so you can ask anything about it
lost = db.sql(f"""
    select q.variant, q.dataset, q.direction, q.query_id, q.rank, r.rank as reference_rank
    from '{run}/queries.parquet' q
    join '{run}/variants.parquet' v on v.is_reference
    join '{run}/queries.parquet' r on (r.variant, r.dataset, r.direction, r.metric, r.query_id) = (v.variant, q.dataset, q.direction, q.metric, q.query_id)
    where q.metric = 'R@1' and q.value < r.value
    order by q.rank desc
    limit 10
""")
print(lost)

# %% Polars: at which stage drift arises, and how long each phase takes
drift = (
    pl.read_parquet(run / "drift.parquet")
    .filter((pl.col("stat") == "mean_abs") & (pl.col("modality") == "image") & pl.col("stage").is_in(["normalise", "embedding"]))
    .group_by("variant", "stage")
    .agg(pl.col("value").mean())
    .sort("variant", "stage")
)
print(drift)

timings = run / "timings.parquet"
times = (
    pl.read_parquet(timings)
    .filter(pl.col("warm") & (pl.col("items") > 0))
    .with_columns(ms=pl.col("ns") / pl.col("items") / 1e6)
    .group_by("variant", "modality", "phase")
    .agg(pl.col("ms").median())
    .sort("variant", "modality", "phase")
    if timings.exists()
    else pl.DataFrame({"variant": [], "modality": [], "phase": [], "ms": []})
)
print(times)

# %% Embeddings are lists of float32: cosines between two variants
names = [row[0] for row in db.sql(f"select variant from '{run}/variants.parquet' where status = 'ok'").fetchall()]
files = {name: sorted((run / "embeddings" / name).glob("*.image.parquet")) for name in names}
if len(names) > 1 and all(files.values()):
    a, b = (pl.read_parquet(files[name][0]).sort("id")["embedding"].to_numpy() for name in names[:2])
    cosines = [float(x @ y / ((x @ x) ** 0.5 * (y @ y) ** 0.5)) for x, y in zip(a, b)]
    print(f"cosine of {names[0]} to {names[1]}: least {min(cosines):.6f} of {len(cosines)} pictures")

# %% A plot
table = scores.pl().filter(pl.col("direction") == "t2i")
figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
for dataset, rows in table.group_by("dataset", maintain_order=True):
    axis.plot(rows["R@1"], rows["variant"], "o", label=dataset[0])
axis.set_xlabel("text-to-image R@1, %")
axis.legend()
figure.savefig(plot, dpi=120)
print(f"wrote {plot}")
