#!/usr/bin/env python3
"""k-means beside scikit-learn: time of one of Lloyd's iterations on the same rows (float32,
C-contiguous), from the same centres, over the same number of iterations, measured to end at the
same inertia (1e-4, else this stops). Runs alternate, each in a process of its own with two threads;
of scikit-learn's two algorithms, lloyd and elkan, the faster counts in every run. The table shows
medians, and the range of the ratio over all pairs of runs.

Reading counts in neither. An iteration's time is the difference between a long and a short fit,
divided by the difference of their iterations, so that what a fit needs once does not count: checks,
copies, norms, the first bounds. Both fits are made several times, and the fastest of each counts,
because others on the machine can only slow them down. coterie's fits are timed by what the program reports of its
iterations, scikit-learn's by the clock around `fit`.

usage: bench/peers/segment.py [--runs N] [--iterations N] [--size ROWS,COLUMNS,CLUSTERS ...]
"""

import argparse
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

from machine import COTERIE, THREADS, heading, run

SIZES = ["1000000,16,7", "1000000,128,100"]
SHORT = 5
REPEATS = 3
SAME = 1e-4


def make_data(folder, rows, columns, clusters):
    """Overlapping clouds, twice as many as centres: nothing converges within a few iterations."""
    import numpy
    import pyarrow
    import pyarrow.parquet
    random = numpy.random.default_rng(1)
    middles = random.standard_normal((2 * clusters, columns), dtype=numpy.float32)
    values = random.standard_normal((rows, columns), dtype=numpy.float32)
    values += middles[random.integers(0, 2 * clusters, rows)]
    centres = values[random.choice(rows, clusters, replace=False)]
    names = [f"c{j}" for j in range(columns)]
    for name, table in (("rows", values), ("centres", centres)):
        numpy.save(folder / f"{name}.npy", table)
        pyarrow.parquet.write_table(
            pyarrow.table([pyarrow.array(numpy.ascontiguousarray(table[:, j]))
                           for j in range(columns)], names=names),
            folder / f"{name}.parquet", compression="none", use_dictionary=False)


def per_iteration(seconds, iterations):
    """From the seconds of several fits by their iterations."""
    least = min(seconds[iterations]) - min(seconds[SHORT])
    if least <= 0:
        sys.exit("the long fit was faster than the short one: the machine is too busy to measure")
    return least / (iterations - SHORT)


def run_coterie(folder, iterations):
    """Seconds of an iteration, inertia, iterations."""
    seconds = {SHORT: [], iterations: []}
    for count in REPEATS * [SHORT, iterations]:
        found = json.loads(run([COTERIE, "lab", "segment", "--data", folder / "rows.parquet",
                                "--centres", folder / "centres.parquet", "--set",
                                f"iterations={count}", "--set", "tolerance=0", "--json"]))
        seconds[count].append(found["seconds_per_iteration"] * found["iterations"])
    return per_iteration(seconds, iterations), found["metrics"]["inertia"], found["iterations"]


def run_sklearn(folder, iterations, algorithm):
    """The same, in a process of its own."""
    out = run([sys.executable, __file__, "--worker", folder, str(iterations), algorithm],
              env=os.environ | {"OMP_NUM_THREADS": str(THREADS)})
    found = json.loads(out.splitlines()[-1])
    seconds = {int(count): value for count, value in found["seconds"].items()}
    return per_iteration(seconds, iterations), found["inertia"], found["iterations"]


def worker(folder, iterations, algorithm):
    import numpy
    from sklearn.cluster import KMeans
    rows = numpy.load(pathlib.Path(folder) / "rows.npy")
    centres = numpy.load(pathlib.Path(folder) / "centres.npy")
    assert rows.flags.c_contiguous and rows.dtype == numpy.float32
    seconds = {SHORT: [], int(iterations): []}
    for count in REPEATS * [SHORT, int(iterations)]:
        model = KMeans(n_clusters=len(centres), init=centres, n_init=1, max_iter=count, tol=0,
                       algorithm=algorithm, copy_x=False)
        started = time.perf_counter()
        model.fit(rows)
        seconds[count].append(time.perf_counter() - started)
    print(json.dumps({"seconds": seconds, "inertia": float(model.inertia_),
                      "iterations": model.n_iter_}))


def compare(size, iterations, runs):
    rows, columns, clusters = (int(number) for number in size.split(","))
    ours, theirs, apart, chosen = [], [], 0.0, []
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        make_data(folder, rows, columns, clusters)
        for _ in range(runs):
            seconds, inertia, done = run_coterie(folder, iterations)
            ours.append(seconds)
            others = {}
            for algorithm in ("lloyd", "elkan"):
                seconds, other, other_done = run_sklearn(folder, iterations, algorithm)
                apart = max(apart, abs(inertia - other) / other)
                if apart > SAME or done != other_done:
                    sys.exit(f"not the same work: inertia {inertia} after {done} iterations, "
                             f"scikit-learn ({algorithm}) {other} after {other_done}")
                others[algorithm] = seconds
            chosen.append(min(others, key=others.get))
            theirs.append(others[chosen[-1]])
    ratios = sorted(b / a for a, b in zip(ours, theirs))
    print(f"| {rows:,} | {columns} | {clusters} | {statistics.median(ours) * 1e3:.1f} ms | "
          f"{statistics.median(theirs) * 1e3:.1f} ms ({', '.join(sorted(set(chosen)))}) | "
          f"{statistics.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f}) | {apart:.0e} |",
          flush=True)


def main():
    if sys.argv[1:2] == ["--worker"]:
        worker(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--iterations", type=int, default=25)
    parser.add_argument("--size", nargs="+", default=SIZES)
    options = parser.parse_args()
    if options.iterations <= SHORT:
        parser.error(f"--iterations: more than {SHORT} are needed")
    import sklearn
    print(heading(f"scikit-learn {sklearn.__version__}", f"{options.iterations} iterations",
                  f"median of {options.runs}"))
    print("| rows | columns | clusters | coterie, an iteration | scikit-learn | ratio | "
          "inertia differs by |\n|---|---|---|---|---|---|---|")
    for size in options.size:
        compare(size, options.iterations, options.runs)


if __name__ == "__main__":
    main()
