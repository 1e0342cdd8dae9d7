#!/usr/bin/env python3
"""ALS beside the library `implicit`: time of one sweep over users and items, time of the 100 best
items for every user, and NDCG@20 of the same split, measured by the same code from both programs'
lists. Runs alternate, each in a process of its own with two threads; the table shows medians, and
the range of the ratio over all pairs of runs.

usage: bench/peers/recommend.py [--data DIR] [--runs N] [--factors N ...] [--only gowalla]

DIR holds movielens-1m/ and gowalla/, each with train.tsv and test.tsv of user and item numbers.
"""

import argparse
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

from machine import COTERIE, ROOT, THREADS, heading, run

SWEEPS = 10
LIST = 100
# Settings of each library on each set; where they come from stands in docs/benchmarks.md.
SETTINGS = {
    "movielens-1m": {"coterie": {"w0": 0.2, "regularisation": 0.01128},
                     "implicit": {"alpha": 4.0, "regularization": 50.0}},
    "gowalla": {"coterie": {"w0": 0.01051, "regularisation": 0.00683},
                "implicit": {"alpha": 40.0, "regularization": 20.0}},
}


def read_pairs(path):
    import numpy
    return numpy.loadtxt(path, dtype=numpy.int64, usecols=(0, 1), delimiter="\t")


def ndcg(lists, test, k=20):
    """Mean over users with test items. `lists`: user -> items, best first; `test`: user -> set."""
    import numpy
    gains = 1 / numpy.log2(numpy.arange(2, k + 2))
    ideal = numpy.cumsum(gains)
    total = 0.0
    for user, wanted in test.items():
        hits = [gain for item, gain in zip(lists.get(user, ())[:k], gains) if item in wanted]
        total += sum(hits) / ideal[min(k, len(wanted)) - 1]
    return total / len(test)


def run_coterie(folder, factors, settings, scratch):
    """Seconds of a sweep, seconds of the lists, lists."""
    import numpy
    out = pathlib.Path(scratch) / "lists.csv"
    sets = {"factors": factors, "sweeps": SWEEPS, **settings}
    command = [COTERIE, "lab", "recommend", "--train", folder / "train.tsv", "--test",
               folder / "test.tsv", "--at", str(LIST), "--out", out, "--resamples", "0", "--json"]
    for name, value in sets.items():
        command += ["--set", f"{name}={value}"]
    result = json.loads(run(command))
    rows = numpy.loadtxt(out, dtype=numpy.int64, delimiter=",", skiprows=1, usecols=(0, 1))
    lists = {}
    for user, item in rows:
        lists.setdefault(int(user), []).append(int(item))
    return result["fit_seconds"] / SWEEPS, result["recommend_seconds"], lists


def run_implicit(folder, factors, settings, scratch):
    """The same, in a process of its own."""
    out = pathlib.Path(scratch) / "lists.npz"
    printed = run([sys.executable, __file__, "--worker", folder, str(factors), json.dumps(settings),
                   out], env=os.environ | {"OMP_NUM_THREADS": str(THREADS),
                                           "OPENBLAS_NUM_THREADS": "1"})
    import numpy
    found = numpy.load(out)
    lists = dict(zip(found["users"].tolist(), found["items"].tolist()))
    seconds = json.loads(printed.splitlines()[-1])
    return seconds["sweep"], seconds["lists"], lists


def worker(folder, factors, settings, out):
    """implicit's own fastest way: the conjugate-gradient solver, weights 1 + alpha."""
    import numpy
    import scipy.sparse
    from implicit.cpu.als import AlternatingLeastSquares
    pairs = read_pairs(pathlib.Path(folder) / "train.tsv")
    test = read_pairs(pathlib.Path(folder) / "test.tsv")
    shape = (max(pairs[:, 0].max(), test[:, 0].max()) + 1,
             max(pairs[:, 1].max(), test[:, 1].max()) + 1)
    seen = scipy.sparse.csr_matrix((numpy.ones(len(pairs), numpy.float32),
                                    (pairs[:, 0], pairs[:, 1])), shape=shape)
    model = AlternatingLeastSquares(factors=int(factors), iterations=SWEEPS, random_state=1,
                                    num_threads=THREADS, dtype=numpy.float32,
                                    **json.loads(settings))
    sweeps = []
    started = time.perf_counter()
    model.fit(seen, show_progress=False,
              callback=lambda _iteration, seconds, _loss: sweeps.append(seconds))
    fitted = time.perf_counter() - started
    users = numpy.unique(test[:, 0])
    started = time.perf_counter()
    items, _ = model.recommend(users, seen[users], N=LIST, filter_already_liked_items=True)
    listed = time.perf_counter() - started
    numpy.savez(out, users=users, items=items)
    print(json.dumps({"sweep": fitted / SWEEPS, "lists": listed}))


def compare(name, folder, factors, runs):
    test = {}
    for user, item in read_pairs(folder / "test.tsv"):
        test.setdefault(int(user), set()).add(int(item))
    seconds = {"coterie": [], "implicit": []}
    quality = {}
    with tempfile.TemporaryDirectory() as scratch:
        for _ in range(runs):
            for library, measure in (("coterie", run_coterie), ("implicit", run_implicit)):
                sweep, listed, lists = measure(folder, factors, SETTINGS[name][library], scratch)
                seconds[library].append((sweep, listed))
                quality[library] = ndcg(lists, test)
    for part, what in enumerate(("one ALS sweep", f"{LIST} best for {len(test):,} users")):
        ours = [s[part] for s in seconds["coterie"]]
        theirs = [s[part] for s in seconds["implicit"]]
        ratios = sorted(b / a for a, b in zip(ours, theirs))
        print(f"| {name} | {factors} | {what} | {statistics.median(ours) * 1e3:.0f} ms | "
              f"{statistics.median(theirs) * 1e3:.0f} ms | {statistics.median(ratios):.1f} "
              f"({ratios[0]:.1f} to {ratios[-1]:.1f}) | {quality['coterie']:.4f} | "
              f"{quality['implicit']:.4f} |", flush=True)


def main():
    if sys.argv[1:2] == ["--worker"]:
        worker(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--factors", type=int, nargs="+", default=[64, 128])
    parser.add_argument("--only", choices=list(SETTINGS))
    options = parser.parse_args()
    import implicit
    print(heading(f"implicit {implicit.__version__}", f"{SWEEPS} sweeps",
                  f"median of {options.runs}"))
    print("| data | factors | what | coterie | implicit | ratio | NDCG@20 coterie | "
          "NDCG@20 implicit |\n|---|---|---|---|---|---|---|---|")
    for name in [options.only] if options.only else SETTINGS:
        for factors in options.factors:
            compare(name, options.data / name, factors, options.runs)


if __name__ == "__main__":
    main()
