#!/usr/bin/env python3
"""Training sets by time beside Feast's get_historical_features (DuckDB offline store): the same rows of
customers and moments, and the same values of ten features.

Feast joins each row with the newest values before it; it computes no windows. So the features are
lifetime counts, sums, means and extremes, whose values stand from one purchase to the next, and Feast
is given them computed for every purchase: what that costs counts for nobody. Coterie starts from the
purchases, computes the values at each moment, and its time is that of the whole command, with the
file it writes; Feast's is that of get_historical_features(...).to_arrow() alone.

usage: bench/peers/history.py [--customers 100000] [--rows 1000000] [--bound 900]
Needs Feast (`pip install 'feast[duckdb]'`) in the Python that runs this (scripts/bench-peers history).
"""

import argparse
import importlib.util
import json
import multiprocessing
import pathlib
import sys
import tempfile
import time

from machine import COTERIE, heading, run

WANTED = 20
COLUMNS = ("price", "quantity")
FUNCTIONS = {"count": "count({0})", "sum": "sum({0})", "mean": "avg({0})", "min": "min({0})",
             "max": "max({0})"}
NAMES = [f"{column}_{function}" for column in COLUMNS for function in FUNCTIONS]


def write_project(folder, customers):
    """A shop where no customer has two purchases of one moment: the newest of several is anybody's."""
    import duckdb
    run([COTERIE, "init", str(folder), "--template", "retail"])
    roles = [part for role in ("customers", "items", "transactions") for part in ("--only", role)]
    run([COTERIE, "synth", "--customers", str(customers), *roles, "--quiet"], cwd=folder)
    raw = folder / "raw" / "transactions"
    parts = sorted(raw.glob("*.parquet"))
    duckdb.sql(f"""COPY (SELECT * REPLACE (t_dat + to_microseconds(row_number() OVER (PARTITION BY
        customer_id, t_dat ORDER BY article_id, price, quantity)) AS t_dat) FROM read_parquet(
        {[str(part) for part in parts]})) TO '{raw}/apart.parquet' (FORMAT parquet)""")
    for part in parts:
        part.unlink()
    lines = ["registry_version: 1", "entities:", "  - {name: customer, join_keys: [customer_id]}",
             "sources:", "  - {name: sales, table: transactions}", "features:"]
    lines += [f"  - {{name: {column}_{function}, entity: customer, source: sales, aggregation: "
              f"{{function: {function}, column: {column}, window: lifetime}}}}"
              for column in COLUMNS for function in FUNCTIONS]
    lines += ["feature_services:", f"  - {{name: history, features: [{', '.join(NAMES)}]}}"]
    (folder / "feature_store").mkdir(exist_ok=True)
    (folder / "feature_store" / "feature_registry.yaml").write_text("\n".join(lines) + "\n")
    run([COTERIE, "run", "--select", "ingest", "--quiet"], cwd=folder)


def write_spine(folder, rows):
    """Random customers at random moments of the last year, numbered."""
    import duckdb
    sales = f"read_parquet('{folder}/raw/transactions/*.parquet')"
    duckdb.sql(f"""COPY (SELECT ids[1 + (hash(i + 7) % len(ids))::BIGINT] AS customer_id, last -
        to_seconds((hash(i) % 31536000)::BIGINT) AS event_timestamp, i AS label FROM range({rows}) r(i),
        (SELECT max(t_dat) AS last, list(DISTINCT customer_id ORDER BY customer_id) AS ids FROM {sales}))
        TO '{folder}/spine.parquet' (FORMAT parquet)""")


def write_feast(folder):
    """Values after every purchase, and a repository over them."""
    import datetime

    import duckdb
    from feast import Entity, FeatureStore, FeatureView, Field, FileSource
    from feast.types import Float64
    from feast.value_type import ValueType
    repository = folder / "feast"
    repository.mkdir()
    (repository / "feature_store.yaml").write_text(
        "project: history\nregistry: registry.db\nprovider: local\noffline_store: {type: duckdb}\n"
        "online_store: {type: sqlite, path: online.db}\nentity_key_serialization_version: 3\n")
    values = ", ".join(f"({FUNCTIONS[function].format(column)} OVER w)::DOUBLE AS {column}_{function}"
                       for column in COLUMNS for function in FUNCTIONS)
    duckdb.sql(f"""COPY (SELECT customer_id, t_dat AS event_timestamp, {values} FROM read_parquet(
        '{folder}/raw/transactions/*.parquet') WINDOW w AS (PARTITION BY customer_id ORDER BY t_dat ROWS
        UNBOUNDED PRECEDING)) TO '{repository}/values.parquet' (FORMAT parquet)""")
    customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.STRING)
    view = FeatureView(name="sales", entities=[customer], ttl=datetime.timedelta(days=36_500),
                       schema=[Field(name=name, dtype=Float64) for name in NAMES],
                       source=FileSource(path=str(repository / "values.parquet"),
                                         timestamp_field="event_timestamp"))
    FeatureStore(repo_path=str(repository)).apply([customer, view])
    return repository


def historical(repository, spine, out, seconds):
    """In a process of its own: what Feast answers, as a file; its seconds are sent."""
    import pandas
    import pyarrow.parquet
    from feast import FeatureStore
    store = FeatureStore(repo_path=str(repository))
    frame = pandas.read_parquet(spine)
    started = time.monotonic()
    table = store.get_historical_features(
        entity_df=frame, features=[f"sales:{name}" for name in NAMES]).to_arrow()
    seconds.send(time.monotonic() - started)
    pyarrow.parquet.write_table(table, out)


def feast_seconds(repository, spine, out, bound):
    """None: not done within the bound."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("spawn").Process(target=historical,
                                                         args=(repository, spine, out, sender))
    child.start()
    child.join(bound)
    if child.is_alive():
        child.kill()
        child.join()
        return None
    if child.exitcode:
        sys.exit(f"Feast failed ({child.exitcode})")
    return receiver.recv()


def differing(ours, theirs):
    """How many rows have a value that differs by more than 1e-9 of it."""
    import duckdb
    differs = " OR ".join(
        f"((a.{name} IS NULL) <> (b.{name} IS NULL) AND coalesce(a.{name}, 0)::DOUBLE <> "
        f"coalesce(b.{name}, 0)) OR abs(a.{name}::DOUBLE - b.{name}) > 1e-9 * abs(b.{name})"
        for name in NAMES)
    return duckdb.sql(f"SELECT count(*) - count(*) FILTER (NOT coalesce({differs}, false)), count(*) FROM "
                      f"read_parquet('{ours}') a JOIN read_parquet('{theirs}') b USING (label)"
                      ).fetchall()[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--bound", type=float, default=900, help="seconds Feast may take")
    options = parser.parse_args()
    if importlib.util.find_spec("feast") is None or importlib.util.find_spec("ibis") is None:
        sys.exit("Feast with DuckDB is not installed in this Python: there is nothing to compare with")
    import feast
    with tempfile.TemporaryDirectory() as root:
        folder = pathlib.Path(root) / "shop"
        write_project(folder, options.customers)
        repository = write_feast(folder)
        print(heading(f"feast {feast.__version__}, DuckDB offline store", f"{len(NAMES)} features",
                      f"{options.customers} customers"))
        print("| rows | coterie | feast | times as fast | wanted | rows that differ |\n"
              "|---|---|---|---|---|---|")
        for rows in options.rows:
            write_spine(folder, rows)
            spine, out = folder / "spine.parquet", folder / "set.parquet"
            started = time.monotonic()
            report = json.loads(run([COTERIE, "features", "get", "--spine", str(spine), "--service",
                                     "history", "--out", str(out), "--json"], cwd=folder))
            mine = time.monotonic() - started
            assert report["rows"] == rows
            theirs = feast_seconds(repository, spine, folder / "feast.parquet", options.bound)
            if theirs is None:
                print(f"| {rows:,} | {mine:.2f} s | not within {options.bound:.0f} s | "
                      f"more than {options.bound / mine:.0f} | {WANTED} | |", flush=True)
                continue
            wrong, compared = differing(out, folder / "feast.parquet")
            if compared != rows:
                sys.exit(f"{compared} of {rows} rows were answered")
            print(f"| {rows:,} | {mine:.2f} s | {theirs:.1f} s | {theirs / mine:.1f} | {WANTED} | "
                  f"{wrong} |", flush=True)


if __name__ == "__main__":
    main()
