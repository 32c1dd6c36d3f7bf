#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["duckdb==1.4.2"]
# ///
"""Evaluates a folder of the mini model for its card, then writes the card.

    uv run --script mini_eval.py ../models/mini --out RESULTS
    uv run --script mini_eval.py FOLDER --out RESULTS --seeds 9001 9002 9003 --compare      where a run stands, on draws that no card has

Scores of onnx/mini alone: the notes' sizes for each seed S (scenes drawn with S, S+10, S+20), and the default suite's sets. The program is
bin/fastclip (./task build). --compare prints the galleries' R@1 and ends there.
"""
import argparse
import re
import statistics
import subprocess
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CARD_SEEDS = range(101, 111)


def suite(name, model, out, seed=None):
    """Returns the built-in suite for `model`, with scenes drawn with seed, seed+10, seed+20."""
    text = (ROOT / "eval" / "suites" / f"{name}.yaml").read_text()
    text = re.sub(r"model: mini\b", f'model: "{model}"', text, count=1)
    if seed is not None:
        text = re.sub(r"(scenes: \{objects: (\d).*seed: )\d+", lambda m: f"{m[1]}{seed + 10 * (int(m[2]) - 1)}", text)
    path = out.with_suffix(".yaml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def run(o, path, out):
    """Runs the suite, unless there are results of the same suite and model."""
    print(out, flush=True)
    done = subprocess.run([o.fastclip, "eval", path, "--only", "onnx/mini", "--scores-only", "--out", out], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{path}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return out


def compare(runs):
    found = duckdb.execute("select dataset, direction, value from read_parquet(?) where metric = 'R@1'", [[str(r / "scores.parquet") for r in runs]]).fetchall()
    for key in sorted({r[:2] for r in found}):
        v = [100 * x for d, way, x in found if (d, way) == key]
        print(*key, f"R@1 {statistics.mean(v):.1f} ± {statistics.stdev(v):.1f} %")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--seeds", type=int, nargs="+", default=list(CARD_SEEDS))
    p.add_argument("--compare", action="store_true")
    p.add_argument("--fastclip", type=Path, default=ROOT / "bin" / "fastclip")
    o = p.parse_args()
    if o.compare and set(o.seeds) & set(CARD_SEEDS):
        p.error(f"the card's own draws are looked at once, at the end: give --seeds outside {CARD_SEEDS.start}..{CARD_SEEDS.stop - 1}")
    model, out = o.folder.resolve(), o.out.resolve()
    seeds = [run(o, suite("notes-40-80-150", model, out / str(s), seed=s), out / str(s)) for s in o.seeds]
    compare(seeds)
    if o.compare:
        return
    args = ["--seeds", *seeds, "--default", run(o, suite("default", model, out / "default"), out / "default")]
    subprocess.run(["uv", "run", "--script", HERE / "mini_card.py", model, *args], check=True)


if __name__ == "__main__":
    main()
