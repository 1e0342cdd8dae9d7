#!/usr/bin/env python3
"""What recommenders reach on public splits with their defaults, beside what must be reached.

    bench/recommend_quality.py [MODEL...]     all models unless some are named

Nothing is set: what depends on the data is chosen by the program on a part of the training data.
Prints a table and fails where a figure is below its gate. Data is looked for in $COTERIE_DATA or
../shared/data. EASE on Gowalla takes 8 GB of memory and minutes.
"""
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("COTERIE_DATA", ROOT.parent / "shared" / "data"))
FILMS = ["--train", DATA / "movielens-1m/train.tsv", "--test", DATA / "movielens-1m/test.tsv"]
PLACES = ["--train", DATA / "gowalla/train.tsv", "--test", DATA / "gowalla/test.tsv"]
SMALL = ["--train", DATA / "movielens-100k/u.data", "--split", "user-random:0.25"]

# model, data, its files, list length, least recall, least NDCG, most seconds of the fit
GATES = [
    ("puresvd", "movielens-1m", FILMS, 10, 0.159, 0.311, None),
    ("ease", "movielens-1m", FILMS, 10, 0.164, 0.327, None),
    ("ease", "movielens-100k", SMALL, 10, None, 0.477, None),
    ("itemknn", "gowalla", PLACES, 20, 0.157, 0.121, None),
    ("gfcf", "gowalla", PLACES, 20, 0.187, 0.153, 4.0),
    ("ease", "gowalla", PLACES, 20, 0.176, 0.146, 360.0),
    ("hybrid", "movielens-1m", FILMS, 10, 0.168, 0.332, None),
    ("hybrid", "gowalla", PLACES, 20, 0.190, 0.157, None),
]


def measure(model, files, at):
    command = [ROOT / "build/release/coterie", "lab", "recommend", "--model", model, "--at", str(at),
               "--resamples", "0", "--json", *files]
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def shown(value, gate, least):
    if gate is None:
        return f"{value:.4g}", True
    met = value >= gate if least else value <= gate
    return f"{value:.4g} ({'>=' if least else '<='} {gate:g}{'' if met else ', MISSED'})", met


def main():
    wanted = set(sys.argv[1:])
    if not DATA.exists():
        print(f"no public data at {DATA} (set COTERIE_DATA)")
        return 0
    print("| model | data | recall | NDCG | choice, s | fit, s | lists, s | memory, MB |")
    print("|---|---|---|---|---|---|---|---|")
    missed = False
    for model, data, files, at, recall, ndcg, seconds in GATES:
        if wanted and model not in wanted:
            continue
        report = measure(model, files, at)
        figures = [shown(report["metrics"][f"recall@{at}"], recall, True),
                   shown(report["metrics"][f"ndcg@{at}"], ndcg, True),
                   shown(report["tune_seconds"], None, False),
                   shown(report["fit_seconds"], seconds, False),
                   shown(report["recommend_seconds"], None, False),
                   shown(report["peak_rss_mb"], None, False)]
        missed |= not all(met for _, met in figures)
        print(f"| {model} | {data} @{at} | " + " | ".join(text for text, _ in figures) + " |",
              flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
