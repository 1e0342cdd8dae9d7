#!/usr/bin/env python3
"""The whole way at full scale: synth, ingest, datasets A-F, a daily increment, ALS with lists for
everyone who ever bought, training sets and a snapshot of features. Prints wall time, CPU time and peak
memory of each stage against its limit, and the tables for docs/benchmarks.md.

usage: bench/full_scale.py [--folder DIR] [--customers N --articles N --transactions N] [--keep]
                           [--only models]

Needs about 30 GiB of disk at full scale. The limits are for 2 cores and 1.37M customers.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
COTERIE = ROOT / "build" / "release" / "coterie"
GIB = 1 << 30
HEADER = "| stage | wall | limit | ratio | CPU | peak memory |\n|---|---|---|---|---|---|"


class Stage:
    """One run of the program, measured by the operating system's own account of the process."""

    def __init__(self, title, limit_s, *arguments):
        self.title, self.limit_s, self.arguments = title, limit_s, arguments
        self.wall = self.cpu = 0.0
        self.peak = 0
        self.output = {}

    def run(self, folder):
        started = time.monotonic()
        with tempfile.TemporaryFile("w+") as out:
            child = subprocess.Popen([COTERIE, *self.arguments, "--json"], cwd=folder, stdout=out)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            text = out.read()
        self.wall = time.monotonic() - started
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss * 1024
        if child.returncode:
            sys.exit(f"{self.title}: exit status {child.returncode}\n{text}")
        self.output = json.loads(text) if text.strip() else {}
        # The kernel forgets the peak of a process that gave its memory back; the program does not.
        if isinstance(self.output, dict):
            self.peak = max(self.peak, self.output.get("peak_bytes", 0))
        print(self.row(), flush=True)

    def row(self):
        limit = f"{self.limit_s} s" if self.limit_s else ""
        ratio = f"{self.wall / self.limit_s:.2f}" if self.limit_s else ""
        return (f"| {self.title} | {self.wall:.1f} s | {limit} | {ratio} | {self.cpu:.0f} s | "
                f"{self.peak / GIB:.2f} GiB |")


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                  if line.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB"


def add_a_day(folder, rows):
    """Writes `rows` transactions of the day after the last one, copies of known ones."""
    target = folder / "raw" / "transactions" / "increment.parquet"
    query = (f"SELECT * EXCLUDE (day) REPLACE (t_dat + INTERVAL 1 DAY AS t_dat) FROM transactions "
             f"WHERE day = (SELECT max(day) FROM transactions) LIMIT {rows}")
    subprocess.run([COTERIE, "sql", query, "--format", "parquet", "--out", target], cwd=folder,
                   check=True, stdout=subprocess.DEVNULL)


def export(folder, target, query):
    subprocess.run([COTERIE, "sql", query, "--format", "parquet", "--out", folder / target],
                   cwd=folder, check=True, stdout=subprocess.DEVNULL)


def models(folder):
    """ALS of 64 factors and 10 sweeps, then the 100 best articles of each customer who has bought."""
    export(folder, "pairs.parquet",
           "SELECT customer_id AS \"user\", article_id AS item FROM transactions")
    export(folder, "buyers.parquet", "SELECT customer_id AS \"user\", min(article_id) AS item "
                                     "FROM transactions GROUP BY 1")
    settings = ["factors=64", "sweeps=10", "w0=0.01", "regularisation=0.005"]
    lab = Stage("lab", None, "lab", "recommend", "--train", "pairs.parquet", "--test",
                "buyers.parquet", "--model", "als", "--at", "100",
                *(part for setting in settings for part in ("--set", setting)))
    print(f"\n{HEADER}")
    lab.run(folder)
    split = lab.output["split"]
    print(f"\n{split['train_users']:,} customers, {split['train_items']:,} articles, "
          f"{split['train_pairs']:,} pairs\n\n| what | time | limit | ratio |\n|---|---|---|---|")
    for title, seconds, limit in (
            ("ALS, 64 factors, 10 sweeps", lab.output["fit_seconds"], 180),
            ("100 best articles of each customer", lab.output["recommend_seconds"], 65)):
        print(f"| {title} | {seconds:.1f} s | {limit} s | {seconds / limit:.2f} |")
    print(f"\npeak memory {lab.peak / GIB:.2f} GiB (limit 12 GiB)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", help="where the project goes (default: a temporary folder)")
    parser.add_argument("--customers", type=int, default=1_370_000)
    parser.add_argument("--articles", type=int, default=105_000)
    parser.add_argument("--transactions", type=int, default=31_700_000)
    parser.add_argument("--only", choices=["models"], help="leave out datasets and increment")
    parser.add_argument("--keep", action="store_true", help="do not remove the project")
    options = parser.parse_args()
    parent = pathlib.Path(options.folder or tempfile.mkdtemp(prefix="coterie-full-scale-"))
    folder = parent / "shop"
    subprocess.run([COTERIE, "init", folder, "--template", "retail"], check=True,
                   stdout=subprocess.DEVNULL)

    print(f"{machine()}, {datetime.date.today()}, {options.customers:,} customers, "
          f"{options.articles:,} articles, {options.transactions:,} transactions\n")
    print(HEADER)
    stages = [
        Stage("synth", 180, "synth", "--customers", str(options.customers), "--articles",
              str(options.articles), "--transactions", str(options.transactions)),
        Stage("ingest", 180, "run", "--select", "ingest"),
        Stage("datasets A-F", 90, "datasets"),
    ]
    for stage in stages[:2] if options.only else stages:
        stage.run(folder)
    if not options.only:
        increments(folder, stages)
    models(folder)
    if not options.only:
        print(flush=True)
        subprocess.run([sys.executable, ROOT / "bench" / "features.py", "--project", folder,
                        "--no-peer"], check=True)
    if not options.keep:
        shutil.rmtree(parent)


def increments(folder, stages):
    add_a_day(folder, 2_000)
    increment = [Stage("increment of 2,000 rows: ingest", None, "run", "--select", "ingest"),
                 Stage("increment of 2,000 rows: datasets", None, "datasets")]
    for stage in increment:
        stage.run(folder)
    total = sum(stage.wall for stage in increment)
    print(f"| increment in all | {total:.1f} s | 20 s | {total / 20:.2f} | | |")
    peak = max(stage.peak for stage in stages + increment)
    print(f"\npeak memory {peak / GIB:.2f} GiB (limit 10 GiB, ratio {peak / (10 * GIB):.2f})")


if __name__ == "__main__":
    main()
