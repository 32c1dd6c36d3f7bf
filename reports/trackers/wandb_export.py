# /// script
# requires-python = ">=3.10"
# dependencies = ["wandb==0.31.0"]
# ///
"""Writes a run of fastclip, given as JSON, as offline runs of Weights & Biases: wandb_export.py RUN.json DIR"""

import hashlib
import json
import os
import pathlib
import sys

os.environ.update(WANDB_ERROR_REPORTING="false", WANDB_SILENT="true")

import wandb  # noqa: E402

run = json.loads(pathlib.Path(sys.argv[1]).read_text())
settings = wandb.Settings(mode="offline", console="off", disable_git=True, disable_code=True, x_disable_stats=True, x_disable_meta=True)
for variant in run["variants"]:
    ok = variant["tags"]["status"] == "ok"
    made = wandb.init(
        dir=sys.argv[2],
        project=run["suite"],
        group=run["run_id"],
        name=variant["name"],
        id=hashlib.sha256(f"{run['run_id']} {variant['name']}".encode()).hexdigest()[:16],  # syncing again updates the same run
        tags=[variant["tags"]["status"]],
        notes=variant["tags"].get("reason"),
        config=dict(variant["params"], **variant["tags"]),
        settings=settings,
    )
    if variant["metrics"]:
        made.log(variant["metrics"], step=0)
    made.finish(exit_code=0 if ok else 1)
