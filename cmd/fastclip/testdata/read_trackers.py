# /// script
# requires-python = ">=3.10"
# dependencies = ["mlflow-skinny==3.17.2", "wandb==0.22.3"]
# ///
# wandb 0.22 is the last that reads its files from Python; later releases write the same format.
"""Reads what report --format mlflow and wandb wrote, by their own libraries: read_trackers.py MLFLOW_DIR WANDB_DIR

Prints, for each tracker and variant, the state, a parameter and all metrics as JSON.
"""

import json
import os
import pathlib
import sys

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

from mlflow.tracking import MlflowClient  # noqa: E402
from wandb.proto import wandb_internal_pb2  # noqa: E402
from wandb.sdk.internal.datastore import DataStore  # noqa: E402

client = MlflowClient(tracking_uri=pathlib.Path(sys.argv[1]).absolute().as_uri())
experiments = [e.experiment_id for e in client.search_experiments() if e.name != "Default"]
mlflow = {r.info.run_name: {"ok": r.info.status == "FINISHED", "model": r.data.params["model"], "metrics": r.data.metrics} for r in client.search_runs(experiments)}

wandb = {}
for file in pathlib.Path(sys.argv[2]).glob("wandb/offline-run-*/*.wandb"):
    store = DataStore()
    store.open_for_scan(str(file))
    one = {"metrics": {}}
    while (data := store.scan_data()) is not None:
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        kind = record.WhichOneof("record_type")
        if kind == "run":
            one["name"] = record.run.display_name
            for item in record.run.config.update:
                if item.key == "model":
                    one["model"] = json.loads(item.value_json)
        elif kind == "history":
            for item in record.history.item:
                key = item.key or "/".join(item.nested_key)
                if not key.startswith("_"):
                    one["metrics"][key] = json.loads(item.value_json)
        elif kind == "exit":
            one["ok"] = record.exit.exit_code == 0
    wandb[one.pop("name")] = one
print(json.dumps({"mlflow": mlflow, "wandb": wandb}))
