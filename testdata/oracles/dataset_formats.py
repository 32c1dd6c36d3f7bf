#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["datasets==3.6.0", "webdataset==0.2.111", "pillow==11.3.0", "numpy==2.2.6"]
# ///
"""Writes the same set through Hugging Face datasets and webdataset: dataset_formats.py OUT.

OUT/hf-{single,many}-0000{0,1}.parquet, OUT/shard-00000{0,1}.tar and OUT/want.jsonl, a line a
picture in their order: SHA-256 of the bytes, captions, label.
"""

import hashlib
import io
import json
import pathlib
import sys

import datasets
import numpy
import PIL.Image
import webdataset

NAMES = ["dog", "gold fish", "ice-cream van"]
COUNT = 250  # in two files, each with several row groups


def picture(i: int) -> bytes:
    random = numpy.random.default_rng(i)
    side = int(random.integers(8, 120))
    out = io.BytesIO()
    PIL.Image.fromarray(random.integers(0, 256, (side, side, 3), dtype=numpy.uint8)).save(out, "PNG" if i % 3 else "JPEG")
    return out.getvalue()


def rows(begin: int, end: int):
    for i in range(begin, end):
        yield {
            "image": {"bytes": picture(i), "path": f"{i}.{'png' if i % 3 else 'jpg'}"},
            "caption": [f"caption {c} of {i}, “für” 猫" for c in range(1 + i % 5)],
            "label": i % 3,
        }


def main(out: pathlib.Path) -> None:
    features = datasets.Features(
        image=datasets.Image(), caption=datasets.Sequence(datasets.Value("string")), label=datasets.ClassLabel(names=NAMES)
    )
    with open(out / "want.jsonl", "w") as want:
        for shard, (begin, end) in enumerate([(0, 130), (130, COUNT)]):
            part = list(rows(begin, end))
            made = datasets.Dataset.from_list(part, features=features)
            made.to_parquet(out / f"hf-many-{shard:05d}.parquet", batch_size=50)
            made.to_parquet(out / f"hf-single-{shard:05d}.parquet", batch_size=1000, compression="zstd")
            with webdataset.TarWriter(str(out / f"shard-{shard:06d}.tar")) as tar:
                for n, row in enumerate(part):
                    data = row["image"]["bytes"]
                    extension = row["image"]["path"].split(".")[1]
                    tar.write({"__key__": f"s{n:07d}", extension: data, "txt": "\n".join(row["caption"]), "cls": str(row["label"])})
                    want.write(json.dumps({"sum": hashlib.sha256(data).hexdigest(), "captions": row["caption"], "label": NAMES[row["label"]]}) + "\n")
    (out / "classnames.txt").write_text("\n".join(NAMES))


main(pathlib.Path(sys.argv[1]))
