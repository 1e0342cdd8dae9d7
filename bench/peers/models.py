#!/usr/bin/env python3
"""BPR and item neighbours beside the library `implicit`, BPR and WARP beside LightFM: time of the
fit, time of the 100 best items for every user, NDCG@20 of the same split, computed by the same code
from both programs' lists. Same data, factors, epochs and draws. Runs alternate, each in a process of
its own with two threads; the table shows medians, and the range of the ratio over all pairs of runs.

usage: bench/peers/models.py [--data DIR] [--runs N] [--only gowalla] [--part warp ...]

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
from recommend import LIST, ndcg, read_pairs

FACTORS = 64
EPOCHS = 20
DRAWS = 10
NEIGHBOURS = 200
PARTS = {"bpr": "implicit", "bpr-lightfm": "lightfm", "warp": "lightfm", "itemknn": "implicit"}
# Of the peers' steps what does best on each test split; of ours what the program chooses on the
# training part. Where they come from stands in docs/benchmarks.md.
SETTINGS = {
    "movielens-1m": {
        "bpr": ({"learning_rate": 0.1, "regularisation": 0.01},
                {"learning_rate": 0.01, "regularization": 0.001}),
        "bpr-lightfm": ({"learning_rate": 0.1, "regularisation": 0.01}, {"learning_rate": 0.02}),
        "warp": ({"learning_rate": 0.05, "regularisation": 0.4}, {"learning_rate": 0.05}),
        "itemknn": ({}, {})},
    "gowalla": {
        "bpr": ({"learning_rate": 0.2, "regularisation": 0.003},
                {"learning_rate": 0.03, "regularization": 0.001}),
        "bpr-lightfm": ({"learning_rate": 0.2, "regularisation": 0.003}, {"learning_rate": 0.05}),
        "warp": ({"learning_rate": 0.05, "regularisation": 0.4}, {"learning_rate": 0.05}),
        "itemknn": ({}, {})},
}


def our_settings(part, chosen):
    if part == "itemknn":
        return {"similarity": "cosine", "neighbours": NEIGHBOURS, "damping": 0, "asymmetry": 0,
                "shrinkage": 0, "value_power": 0}
    more = {"max_sampled": DRAWS} if part == "warp" else {}
    return {"factors": FACTORS, "epochs": EPOCHS, "value_power": 0, **more, **chosen}


def run_coterie(folder, part, chosen, scratch):
    """Seconds of the fit, seconds of the lists, lists."""
    import numpy
    out = pathlib.Path(scratch) / "lists.csv"
    command = [COTERIE, "lab", "recommend", "--train", folder / "train.tsv", "--test",
               folder / "test.tsv", "--at", str(LIST), "--out", out, "--resamples", "0", "--json",
               "--model", part.split("-")[0]]
    for name, value in our_settings(part, chosen).items():
        command += ["--set", f"{name}={value}"]
    result = json.loads(run(command))
    rows = numpy.loadtxt(out, dtype=numpy.int64, delimiter=",", skiprows=1, usecols=(0, 1))
    lists = {}
    for user, item in rows:
        lists.setdefault(int(user), []).append(int(item))
    return result["fit_seconds"], result["recommend_seconds"], lists


def run_peer(folder, part, chosen, scratch):
    """The same, in a process of its own."""
    out = pathlib.Path(scratch) / "lists.npz"
    printed = run([sys.executable, __file__, "--worker", folder, part, json.dumps(chosen), out],
                  env=os.environ | {"OMP_NUM_THREADS": str(THREADS), "OPENBLAS_NUM_THREADS": "1"})
    import numpy
    found = numpy.load(out)
    lists = dict(zip(found["users"].tolist(), found["items"].tolist()))
    seconds = json.loads(printed.splitlines()[-1])
    return seconds["fit"], seconds["lists"], lists


def fit_implicit(part, seen, chosen):
    from implicit.cpu.bpr import BayesianPersonalizedRanking
    from implicit.nearest_neighbours import CosineRecommender
    if part == "itemknn":
        model = CosineRecommender(K=NEIGHBOURS, num_threads=THREADS)
    else:
        model = BayesianPersonalizedRanking(factors=FACTORS, iterations=EPOCHS, random_state=1,
                                            num_threads=THREADS, **chosen)
    started = time.perf_counter()
    model.fit(seen, show_progress=False)
    return model, time.perf_counter() - started


def fit_lightfm(part, seen, chosen):
    from lightfm import LightFM
    model = LightFM(no_components=FACTORS, loss=part.split("-")[0], max_sampled=DRAWS,
                    random_state=1, **chosen)
    pairs = seen.tocoo()
    started = time.perf_counter()
    model.fit(pairs, epochs=EPOCHS, num_threads=THREADS)
    return model, time.perf_counter() - started


def lists_lightfm(model, users, seen):
    """LightFM ranks one user at a time; matrix products are the faster way that its users take."""
    import numpy
    item_biases, items = model.get_item_representations()
    _, user_rows = model.get_user_representations()
    lists = numpy.empty((len(users), LIST), numpy.int64)
    for first in range(0, len(users), 512):
        block = users[first:first + 512]
        scores = user_rows[block] @ items.T + item_biases
        known = seen[block]
        scores[numpy.repeat(numpy.arange(len(block)), numpy.diff(known.indptr)),
               known.indices] = -numpy.inf
        best = numpy.argpartition(-scores, LIST - 1, axis=1)[:, :LIST]
        order = numpy.argsort(-numpy.take_along_axis(scores, best, 1), axis=1, kind="stable")
        lists[first:first + 512] = numpy.take_along_axis(best, order, 1)
    return lists


def worker(folder, part, chosen, out):
    import numpy
    import scipy.sparse
    pairs = read_pairs(pathlib.Path(folder) / "train.tsv")
    test = read_pairs(pathlib.Path(folder) / "test.tsv")
    shape = (max(pairs[:, 0].max(), test[:, 0].max()) + 1,
             max(pairs[:, 1].max(), test[:, 1].max()) + 1)
    seen = scipy.sparse.csr_matrix((numpy.ones(len(pairs), numpy.float32),
                                    (pairs[:, 0], pairs[:, 1])), shape=shape)
    users = numpy.unique(test[:, 0])
    fit = fit_implicit if PARTS[part] == "implicit" else fit_lightfm
    model, fitted = fit(part, seen, json.loads(chosen))
    started = time.perf_counter()
    if PARTS[part] == "implicit":
        items, _ = model.recommend(users, seen[users], N=LIST, filter_already_liked_items=True)
    else:
        items = lists_lightfm(model, users, seen)
    listed = time.perf_counter() - started
    numpy.savez(out, users=users, items=items)
    print(json.dumps({"fit": fitted, "lists": listed}))


def compare(name, folder, part, runs):
    test = {}
    for user, item in read_pairs(folder / "test.tsv"):
        test.setdefault(int(user), set()).add(int(item))
    ours, theirs = SETTINGS[name][part]
    seconds = {"coterie": [], "peer": []}
    quality = {}
    with tempfile.TemporaryDirectory() as scratch:
        for _ in range(runs):
            for library, measure, chosen in (("coterie", run_coterie, ours),
                                             ("peer", run_peer, theirs)):
                fitted, listed, lists = measure(folder, part, chosen, scratch)
                seconds[library].append((fitted, listed))
                quality[library] = ndcg(lists, test)
    whats = (f"{part.split('-')[0]}, fit", f"{LIST} best for {len(test):,} users")
    for place, what in enumerate(whats):
        mine = [s[place] for s in seconds["coterie"]]
        other = [s[place] for s in seconds["peer"]]
        ratios = sorted(b / a for a, b in zip(mine, other))
        print(f"| {name} | {PARTS[part]} | {what} | {statistics.median(mine) * 1e3:.0f} ms | "
              f"{statistics.median(other) * 1e3:.0f} ms | {statistics.median(ratios):.1f} "
              f"({ratios[0]:.1f} to {ratios[-1]:.1f}) | {quality['coterie']:.4f} | "
              f"{quality['peer']:.4f} |", flush=True)


def main():
    if sys.argv[1:2] == ["--worker"]:
        worker(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=list(SETTINGS))
    parser.add_argument("--part", choices=list(PARTS), nargs="+", default=list(PARTS))
    options = parser.parse_args()
    import implicit
    import lightfm
    print(heading(f"implicit {implicit.__version__}", f"LightFM {lightfm.__version__}",
                  f"{FACTORS} factors, {EPOCHS} epochs, {DRAWS} draws, {NEIGHBOURS} neighbours",
                  f"median of {options.runs}"))
    print("| data | peer | what | coterie | peer | ratio | NDCG@20 coterie | NDCG@20 peer |\n"
          "|---|---|---|---|---|---|---|---|")
    for name in [options.only] if options.only else SETTINGS:
        for part in options.part:
            compare(name, options.data / name, part, options.runs)


if __name__ == "__main__":
    main()
