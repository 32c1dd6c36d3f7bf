# /// script
# requires-python = ">=3.10"
# dependencies = ["mlflow-skinny==3.17.2"]
# ///
"""Writes a run of fastclip, given as JSON, as an MLflow file store: mlflow_export.py RUN.json DIR"""

import json
import os
import pathlib
import sys

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"  # the format that needs no database or server
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

from mlflow.entities import Metric, Param  # noqa: E402
from mlflow.tracking import MlflowClient  # noqa: E402

run = json.loads(pathlib.Path(sys.argv[1]).read_text())
client = MlflowClient(tracking_uri=pathlib.Path(sys.argv[2]).absolute().as_uri())
experiment = client.create_experiment(run["suite"])
for variant in run["variants"]:
    tags = dict(variant["tags"], **{"mlflow.source.name": "fastclip", "fastclip.run_id": run["run_id"]})
    made = client.create_run(experiment, start_time=run["started_ms"], run_name=variant["name"], tags=tags).info.run_id
    client.log_batch(made, params=[Param(*p) for p in variant["params"].items()])
    metrics = [Metric(name, value, run["finished_ms"], 0) for name, value in variant["metrics"].items()]
    for at in range(0, len(metrics), 1000):  # the most that a call accepts
        client.log_batch(made, metrics=metrics[at : at + 1000])
    client.set_terminated(made, "FINISHED" if variant["tags"]["status"] == "ok" else "FAILED", run["finished_ms"])
