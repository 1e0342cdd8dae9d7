#!/usr/bin/env python3
"""The feature server beside Feast's Python server (`feast serve`, SQLite online store): the same 50
values of the same customers, asked for by the same bodies, one and a hundred at a time, by wrk on the
same machine. One server runs at a time. Feast's values are those that coterie answers, written as
they are: what they cost to compute counts for coterie alone.

usage: bench/peers/features.py [--customers N] [--seconds S] [--threads N] [--connections N]
Needs the Debian package 'wrk' and Feast (`pip install feast`) in the Python that runs this.
"""

import argparse
import contextlib
import datetime
import importlib.util
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from machine import heading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import feature_server as ours  # noqa: E402

WANTED = 50
ASK = {"features": [f"bench:{name}" for name in ours.feature_names()]}


def all_values(port, customers):
    """Customers' values as coterie serves them, by column."""
    columns = {}
    for begin in range(0, customers, 1_000):
        ids = [f"c{i}" for i in range(begin, min(begin + 1_000, customers))]
        answer = ours.post(port, "/get-online-features",
                           {"feature_service": "bench", "entities": {"customer_id": ids}})
        for name, result in zip(answer["metadata"]["feature_names"], answer["results"]):
            columns.setdefault(name, []).extend(result["values"])
    return columns


def write_repository(folder, columns):
    import pandas
    from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig
    from feast.types import Float64
    from feast.value_type import ValueType
    (folder / "feature_store.yaml").write_text(
        "project: bench\nregistry: registry.db\nprovider: local\nonline_store: {type: sqlite, "
        "path: online.db}\nentity_key_serialization_version: 3\n")
    frame = pandas.DataFrame({name: values if name == "customer_id"
                              else [float(v) if v is not None else 0.0 for v in values]
                              for name, values in columns.items()})
    frame["event_timestamp"] = pandas.Timestamp(datetime.datetime.now(datetime.timezone.utc))
    frame.head(1).to_parquet(folder / "values.parquet")
    customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.STRING)
    view = FeatureView(name="bench", entities=[customer], ttl=datetime.timedelta(days=30),
                       schema=[Field(name=name, dtype=Float64) for name in ours.feature_names()],
                       source=FileSource(path=str(folder / "values.parquet"),
                                         timestamp_field="event_timestamp"))
    store = FeatureStore(repo_path=str(folder))
    store.apply([customer, view])
    store.write_to_online_store("bench", frame)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextlib.contextmanager
def served_feast(folder, workers):
    port = free_port()
    log = (folder / "serve.log").open("w")
    server = subprocess.Popen(
        [pathlib.Path(sys.executable).parent / "feast", "serve", "--host", "127.0.0.1", "--port",
         str(port), "--workers", str(workers), "--no-access-log"], cwd=folder, stdout=log, stderr=log)
    try:
        for _ in range(600):
            if server.poll() is not None:
                break
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
                break
            time.sleep(0.2)
        else:
            sys.exit("feast serve does not answer")
        if server.poll() is not None:
            sys.exit((folder / "serve.log").read_text())
        yield port
    finally:
        server.terminate()
        server.wait()


def main():
    options = ours.arguments(argparse.ArgumentParser(description=__doc__.splitlines()[0]))
    if importlib.util.find_spec("feast") is None:
        sys.exit("Feast is not installed in this Python, so there is nothing to compare with")
    import feast
    figures = {"coterie": {}, "feast": {}}
    with tempfile.TemporaryDirectory() as root:
        folder = pathlib.Path(root)
        with ours.served_shop(options.threads) as port:
            ours.push_sales(port, options.customers)
            columns = all_values(port, options.customers)
            for batch in (1, 100):
                script = ours.wrk_script(folder, batch, options.customers,
                                         {"feature_service": "bench"})
                figures["coterie"][batch] = ours.load(port, script, options.connections,
                                                      options.seconds)
        write_repository(folder, columns)
        with served_feast(folder, options.threads) as port:
            for batch in (1, 100):
                script = ours.wrk_script(folder, batch, options.customers, ASK)
                figures["feast"][batch] = ours.load(port, script, options.connections,
                                                    options.seconds, lossless=False)
    print(heading(f"feast {feast.__version__}", "50 features", f"{options.customers} customers",
                  f"{options.connections} connections"))
    print("| entities | coterie req/s | feast req/s | times as many | wanted | coterie p99 ms "
          "| feast p99 ms |\n|---|---|---|---|---|---|---|")
    for batch in (1, 100):
        mine, theirs = figures["coterie"][batch], figures["feast"][batch]
        print(f"| {batch} | {mine[0]:,.0f} | {theirs[0]:,.1f} | {mine[0] / theirs[0]:.0f} | {WANTED} "
              f"| {mine[2]:.2f} | {theirs[2]:.2f} |")


if __name__ == "__main__":
    main()
