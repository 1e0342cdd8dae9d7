#!/usr/bin/env python3
"""Training sets by time and snapshots at full scale, beside DuckDB on the same rows in the same run.

usage: bench/features.py --project DIR [--rows 1000000 10000000] [--no-peer] [--bound 900]

DIR is a project of the retail template with transactions ingested (bench/full_scale.py --keep makes
one of 31.7M rows). Its feature_store/ is replaced by the registry of this benchmark: 30 windowed
features a customer and as many an article, and 60 for the snapshot. DuckDB runs the best form known
to us: one join, FILTERed aggregates, over the warehouse's own Parquet parts, where ids are integer
codes already (the program starts from external ids). A set that takes it longer than the bound is
stopped, and the ratio is a lower one. It needs the Python package duckdb (scripts/bench-peers
installs it).
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
COTERIE = ROOT / "build" / "release" / "coterie"
GIB = 1 << 30
WINDOWS = {"7d": 7, "30d": 30, "90d": 90, "365d": 365, "lifetime": None}
# function, column of the registry, aggregate of SQL
AGGREGATES = [("count", None, "count(t.t_dat)"), ("sum", "price", "sum(t.price)"),
              ("mean", "price", "avg(t.price)"), ("max", "price", "max(t.price)"),
              ("min", "price", "min(t.price)")]


def registry(more):
    lines = ["registry_version: 1", "entities:", "  - {name: customer, join_keys: [customer_id]}",
             "  - {name: article, join_keys: [article_id]}", "sources:",
             "  - {name: sales, table: transactions}", "features:"]
    services = {}
    for entity, other in (("customer", "article_id"), ("article", "customer_id")):
        names = services[entity] = []
        for window in WINDOWS:
            for function, column, _ in AGGREGATES:
                names.append(f"{entity}_{function}_{window}")
                part = f", column: {column}" if column else ""
                lines.append(f"  - {{name: {names[-1]}, entity: {entity}, source: sales, aggregation: "
                             f"{{function: {function}{part}, window: {window}}}}}")
            names.append(f"{entity}_distinct_{window}")
            lines.append(f"  - {{name: {names[-1]}, entity: {entity}, source: sales, aggregation: "
                         f"{{function: distinct, column: {other}, window: {window}}}}}")
    for days in more:
        for function, column, _ in AGGREGATES + [("distinct", "article_id", "")]:
            part = f", column: {column}" if column else ""
            lines.append(f"  - {{name: customer_{function}_{days}d, entity: customer, source: sales, "
                         f"aggregation: {{function: {function}{part}, window: {days}d}}}}")
    lines.append("feature_services:")
    for entity, names in services.items():
        lines.append(f"  - {{name: by_{entity}, features: [{', '.join(names)}]}}")
    return "\n".join(lines) + "\n"


def run(project, *arguments):
    """(seconds, peak bytes, JSON) of one command."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen([COTERIE, *map(str, arguments), "--json"], cwd=project, stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if child.returncode:
        sys.exit(f"{' '.join(map(str, arguments))}: exit status {child.returncode}\n{text}")
    return time.monotonic() - started, usage.ru_maxrss * 1024, json.loads(text)


def wait_for(child, bound):
    """(finished, peak bytes) of a child, which is stopped after `bound` seconds."""
    alarm = threading.Timer(bound, child.kill)
    alarm.start()
    _, status, usage = os.wait4(child.pid, 0)
    alarm.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode == 0, usage.ru_maxrss * 1024


def duckdb_seconds(project, spine, key, other, out, bound):
    """(seconds, peak bytes) of the same set by DuckDB, in a process of its own; None for the
    seconds where it failed, the bound where it was stopped."""
    parts = project / "warehouse" / "transactions" / "*.parquet"
    dictionary = project / "warehouse" / f"dict_{key.removesuffix('_id')}" / "*.parquet"
    columns = []
    for window, days in WINDOWS.items():
        within = "" if days is None else f" FILTER (t.t_dat > s.at - INTERVAL {days} DAY)"
        columns += [f"{sql}{within} AS {name}_{window}" for name, _, sql in AGGREGATES]
        columns.append(f"count(DISTINCT t.{other}){within} AS distinct_{window}")
    script = f"""
import duckdb, time
c = duckdb.connect()
c.execute("SET enable_progress_bar = false; SET threads = {os.cpu_count()}; SET memory_limit = '18GB'; SET temp_directory = '{out.parent}/spill'")
c.execute("CREATE TABLE spine AS SELECT row_number() OVER () AS row, d.code AS {key}, s.event_timestamp AS at "
          "FROM read_parquet('{spine}') s JOIN read_parquet('{dictionary}') d ON d.id = s.{key}")
started = time.monotonic()
c.execute('''COPY (SELECT s.row, {", ".join(columns)} FROM spine s LEFT JOIN (SELECT {key}, {other}, t_dat, price
    FROM read_parquet('{parts}')) t ON t.{key} = s.{key} AND t.t_dat <= s.at GROUP BY s.row)
    TO '{out}' (FORMAT parquet)''')
print(time.monotonic() - started)
"""
    with tempfile.TemporaryFile("w+") as text:
        child = subprocess.Popen([sys.executable, "-c", script], stdout=text)
        finished, peak = wait_for(child, bound)
        text.seek(0)
        answer = text.read()
    if finished:
        return float(answer), peak
    return (bound if child.returncode == -signal.SIGKILL else None), peak


def ask(project, query):
    text = subprocess.run([COTERIE, "sql", query, "--json"], cwd=project, check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    return json.loads(text)[0]


def same_sums(ours, theirs, entity):
    """Whether the sums of all columns agree: the sets hold the same values, each in its own order."""
    names = [f"{name}_{window}" for window in WINDOWS for name in
             [name for name, _, _ in AGGREGATES] + ["distinct"]]
    script = f"""
import duckdb, math
def sums(file, prefix):
    return duckdb.connect().execute("SELECT " + ", ".join(f"sum({{prefix}}{{n}})::DOUBLE" for n in {names}) +
                                    f" FROM read_parquet('{{file}}')").fetchone()
a, b = sums('{ours}', '{entity}_'), sums('{theirs}', '')
print(all(math.isclose(x or 0, y or 0, rel_tol=1e-9) for x, y in zip(a, b)))
"""
    return subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.strip() == "True"


def write_spine(project, key, rows, file):
    """`rows` rows of random customers or articles at random times of the last year."""
    dictionary = f"facts.dict_{key.removesuffix('_id')}"
    size = ask(project, f"SELECT count(*) AS n FROM {dictionary}")["n"]
    last = ask(project, "SELECT max(t_dat)::VARCHAR AS last FROM transactions")["last"]
    query = (f"SELECT d.id AS {key}, TIMESTAMP '{last}' - to_seconds((hash(i) % 31536000)::BIGINT) AS "
             f"event_timestamp, i AS label FROM (SELECT i, (hash(i + 7) % {size})::INTEGER AS code FROM "
             f"range({rows}) r(i)) r JOIN {dictionary} d USING (code)")
    subprocess.run([COTERIE, "sql", query, "--format", "parquet", "--out", file], cwd=project,
                   check=True, stdout=subprocess.DEVNULL)


def training_sets(project, folder, cases, peer, bound):
    print("| set | ours | peak | DuckDB | peak | ratio | asked |\n|---|---|---|---|---|---|---|")
    for title, key, rows, asked in cases:
        spine, out = folder / "spine.parquet", folder / "set.parquet"
        write_spine(project, key, rows, spine)
        service = f"by_{key.removesuffix('_id')}"
        ours, peak, report = run(project, "features", "get", "--spine", spine, "--service", service,
                                 "--out", out)
        row = f"| {title} | {ours:.1f} s | {peak / GIB:.1f} GiB |"
        if peer:
            other = "article_id" if key == "customer_id" else "customer_id"
            theirs, used = duckdb_seconds(project, spine, key, other, folder / "peer.parquet", bound)
            stopped = theirs == bound
            if theirs and not stopped and not same_sums(out, folder / "peer.parquet", key.removesuffix("_id")):
                sys.exit(f"{title}: the values differ from DuckDB's")
            more = "more than " if stopped else ""
            row += (f" {more}{theirs:.1f} s | {used / GIB:.1f} GiB | {more}{theirs / ours:.1f} | "
                    f"{asked} |" if theirs else f" failed | {used / GIB:.1f} GiB | | {asked} |")
        print(row, f"  (events read in {report['read_seconds']:.1f} s, values in "
                   f"{report['compute_seconds']:.1f} s)", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", required=True, type=pathlib.Path)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--bound", type=float, default=900, help="seconds DuckDB may take")
    options = parser.parse_args()
    project = options.project.resolve()
    registry_folder = project / "feature_store"
    shutil.rmtree(registry_folder, ignore_errors=True)
    registry_folder.mkdir()
    (registry_folder / "feature_registry.yaml").write_text(registry([14, 60, 120, 180, 270]))
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                  if line.startswith("model name")), platform.processor())
    print(f"{model}, {os.cpu_count()} cores, {datetime.date.today()}\n")
    asked = {1_000_000: ">= 6, <= 3 s", 10_000_000: ">= 15, <= 4 GiB"}
    cases = [(f"{rows:,} rows by customer", "customer_id", rows, asked.get(rows, ""))
             for rows in options.rows]
    cases.append((f"{options.rows[0]:,} rows by article", "article_id", options.rows[0], ">= 20"))
    with tempfile.TemporaryDirectory(dir=project) as folder:
        training_sets(project, pathlib.Path(folder), cases, not options.no_peer,
                      options.bound)
    seconds, peak, _ = run(project, "features", "build", "--entity", "customer")
    print(f"\nsnapshot of all customers, 60 features: {seconds:.1f} s (15), peak {peak / GIB:.1f} GiB "
          f"(4)")


if __name__ == "__main__":
    main()
