# /// script
# requires-python = ">=3.10"
# dependencies = ["ray[default,client]==2.60.0"]
# ///
"""Starts a Ray cluster on loopback addresses: a head, two nodes, and one with another CPU class. A line on stdin ends the first node.

With the argument `servers` it starts a head alone, which does tasks itself and also serves ray:// and http://, and prints all three addresses."""
import os
import sys

os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"
from ray.cluster_utils import Cluster  # noqa: E402


def node(cluster, number, **more):
    first = 20000 + 500 * number  # its own ports, below those that the system assigns
    return cluster.add_node(
        node_ip_address=f"127.0.0.{number}", node_manager_port=first, object_manager_port=first + 1, metrics_export_port=first + 2,
        dashboard_agent_listen_port=first + 3, runtime_env_agent_port=first + 4, metrics_agent_port=first + 5,
        min_worker_port=first + 10, max_worker_port=first + 200, object_store_memory=100 << 20, **more,
    )


cluster = Cluster()
if sys.argv[1:] == ["servers"]:
    node(cluster, 6, num_cpus=1, ray_client_server_port=22300, include_dashboard=True, dashboard_host="127.0.0.6", dashboard_port=22301)
    print("ready", cluster.address, "ray://127.0.0.6:22300", "http://127.0.0.6:22301", flush=True)
    sys.stdin.read()
    cluster.shutdown()
    sys.exit()
node(cluster, 2, num_cpus=0, include_dashboard=False)
doomed = node(cluster, 3, num_cpus=1)
node(cluster, 4, num_cpus=1)
node(cluster, 5, num_cpus=1, env_vars={"GODEBUG": "cpu.avx2=off,cpu.avx512f=off"})
print("ready", cluster.address, flush=True)
for _ in sys.stdin:
    cluster.remove_node(doomed, allow_graceful=False)
    doomed = None
    print("removed", flush=True)
    break
sys.stdin.read()
cluster.shutdown()
