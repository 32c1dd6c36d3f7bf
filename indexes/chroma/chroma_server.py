#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["chromadb==1.5.9"]
# ///
"""Runs a Chroma server, as `chroma run` does, for fastclip bench indexing.

    uv run --script chroma_server.py --path FOLDER

Listens on a loopback port, keeps everything in FOLDER, and prints its URL once it answers. If $FASTCLIP_TOKEN is set, it ends when stdin
ends, so that it never outlives its parent.
"""
import argparse
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time
import urllib.request


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--path", required=True)
    o = p.parse_args()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    chroma = pathlib.Path(sys.executable).with_name("chroma")
    env = dict(os.environ, ANONYMIZED_TELEMETRY="False")
    server = subprocess.Popen([chroma, "run", "--path", o.path, "--host", "127.0.0.1", "--port", str(port)], stdin=subprocess.DEVNULL, stdout=sys.stderr, env=env)

    def until_stdin_ends():
        while os.read(0, 4096):
            pass
        server.terminate()

    if "FASTCLIP_TOKEN" in os.environ:
        threading.Thread(target=until_stdin_ends, daemon=True).start()
    while server.poll() is None:
        try:
            urllib.request.urlopen(url + "/api/v2/heartbeat", timeout=1).read()
            print(f"ready {url}", flush=True)
            break
        except OSError:
            time.sleep(0.05)
    raise SystemExit(server.wait())


if __name__ == "__main__":
    main()
