# /// script
# requires-python = ">=3.10"
# dependencies = ["ray[default,client]==2.60.0"]
# ///
"""Has Ray do the tasks of a fastclip plan. Each task starts `fastclip work` on a node."""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

ELSEWHERE = 75  # the node does not match the plan
TRIES = 3
os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")  # nodes have fastclip installed, so the current folder is not sent to them


def submit_job(args):
    """Submits this script as a job to the cluster at an http:// address."""
    from ray.job_submission import JobStatus, JobSubmissionClient

    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(__file__, os.path.join(folder, "driver.py"))
        shutil.copy(args.tasks, os.path.join(folder, "tasks.json"))
        client = JobSubmissionClient(args.address)
        words = ["python", "driver.py", "--address", "auto", "--program", args.program, "--store", args.store, "--plan", args.plan, "--tasks", "tasks.json"]
        quoted = " ".join("'" + w.replace("'", "'\\''") + "'" for w in words)
        job = client.submit_job(entrypoint=quoted, runtime_env={"working_dir": folder})
        while not (status := client.get_job_status(job)).is_terminal():
            time.sleep(2)
        sys.stderr.write(client.get_job_logs(job)[-20000:])
        return 0 if status == JobStatus.SUCCEEDED else 1


def do(program, store, plan, task, folder):
    """Does one task on the node where this runs."""
    import ray

    # If fastclip is elsewhere on a node, it is found on PATH.
    program = program if os.path.exists(program) else shutil.which("fastclip") or program
    words = [program, "work", "--store", store, "--plan", plan, "--task", task]
    ran = subprocess.run(words, cwd=folder if os.path.isdir(folder) else None, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return ran.returncode, ran.stderr[-4000:], ray.get_runtime_context().get_node_id()


def main():
    flags = argparse.ArgumentParser()
    for name in ("address", "program", "store", "plan", "tasks"):
        flags.add_argument("--" + name, default="")
    args = flags.parse_args()
    address = args.address or os.environ.get("RAY_ADDRESS", "")
    args.address = address
    if address.startswith("http"):
        return submit_job(args)
    import ray

    ray.init(address=address or None, log_to_driver=False)
    nodes = [n for n in ray.nodes() if n["Alive"] and n["Resources"].get("CPU")]
    cores = min(n["Resources"]["CPU"] for n in nodes)  # a worker uses all cores, so a node gets one task at a time
    work = ray.remote(num_cpus=cores, max_retries=TRIES, scheduling_strategy="SPREAD")(do)
    with open(args.tasks) as f:
        left = {task: TRIES for task in json.load(f)}
    refused, failed, running = set(), [], {}

    def start(task):
        where = {"ray.io/node-id": "!in(" + ",".join(sorted(refused)) + ")"} if refused else None
        running[work.options(label_selector=where).remote(args.program, args.store, args.plan, task, os.getcwd())] = task

    for task in left:
        start(task)
    while running:
        (ref,), _ = ray.wait(list(running), num_returns=1)
        task = running.pop(ref)
        try:
            code, said, node = ray.get(ref)
        except ray.exceptions.RayError as error:  # nodes died more often than Ray retries
            code, said, node = 1, str(error), ""
        if code == ELSEWHERE:
            if node not in refused:
                print(f"node {node[:12]} refuses: {said.strip()[-300:]}", file=sys.stderr)
            refused.add(node)
            if all(n["NodeID"] in refused for n in ray.nodes() if n["Alive"] and n["Resources"].get("CPU")):
                print("no node of the cluster matches the plan", file=sys.stderr)
                return 1
            start(task)
        elif code != 0:
            left[task] -= 1
            print(f"task {task}: exit status {code}: {said.strip()[-1000:]}", file=sys.stderr)
            if left[task] > 0 and "same work gave different bytes" not in said:
                start(task)
            else:
                failed.append(task)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
