#!/usr/bin/env python3
"""The feature server under load: 50 windowed features of random customers, one and a hundred at a
time. Full load is what wrk (Debian package 'wrk') gets through; latencies are those of requests at a
constant rate (paced_load.cc), and beside them those of a route that does nothing, at the same rate:
what this machine adds by itself. Each figure stands beside its target. The load comes from the same
machine and takes its share of the cores.

A small shop is made in a temporary folder; its sales are pushed over HTTP, some 36 a customer.

usage: bench/feature_server.py [--customers N] [--seconds S] [--threads N] [--connections N]
"""

import argparse
import contextlib
import http.client
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
COTERIE = ROOT / "build" / "release" / "coterie"
SALES_EACH = 36
BODIES = 1_000
PAUSE_MS = 10
WANTED_RATE = 40_000
TARGETS = {"batch 1, full load: requests/s": WANTED_RATE,
           f"batch 1, {WANTED_RATE // 2} requests/s: p99 ms": 1.0,
           "batch 100, half load: p99 ms": 3.0}

WINDOWS = ["1d", "3d", "7d", "14d", "30d", "90d", "365d"]
FORMS = [("count", None), ("sum", "amount"), ("mean", "price"), ("max", "price"), ("min", "price"),
         ("sum", "quantity"), ("distinct", "article_id")]


def feature_names():
    return [f"f{i}" for i in range(len(WINDOWS) * len(FORMS) + 1)]


def registry():
    lines = ["registry_version: 1", "entities:", "  - {name: customer, join_keys: [customer_id]}",
             "sources:", "  - {name: sales, table: transactions, columns: "
             "{amount: \"price * coalesce(quantity, 1)\"}}", "features:"]
    forms = [(f"rolling_{form}_{window}", column) for window in WINDOWS for form, column in FORMS]
    for name, (form, column) in zip(feature_names(), [*forms, ("time_since_last", None)]):
        of = f", column: {column}" if column else ""
        lines.append(f"  - {{name: {name}, entity: customer, source: sales, "
                     f"transformation: {form}{of}}}")
    lines += ["feature_services:", f"  - {{name: bench, features: [{', '.join(feature_names())}]}}"]
    return "\n".join(lines) + "\n"


def run(*command, folder):
    done = subprocess.run([COTERIE, *command], cwd=folder, capture_output=True, text=True,
                          check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def post(port, path, document):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, json.dumps(document), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        sys.exit(f"{path}: {answer.status} {body[:500]}")
    return json.loads(body)


@contextlib.contextmanager
def served_shop(threads):
    """A shop of 50 features and no data, served; gives the port."""
    with tempfile.TemporaryDirectory() as folder:
        shop = pathlib.Path(folder) / "shop"
        run("init", str(shop), "--template", "retail", folder=folder)
        run("synth", "--customers", "500", "--quiet", folder=shop)
        run("run", "--select", "ingest", "--quiet", folder=shop)
        (shop / "feature_store").mkdir(exist_ok=True)
        (shop / "feature_store" / "feature_registry.yaml").write_text(registry())
        errors = shop / "serve.log"
        server = subprocess.Popen(
            [COTERIE, "serve", "--only", "features", "--port", "0", "--threads", str(threads)],
            cwd=shop, stderr=errors.open("w"))
        try:
            while not (found := re.search(r"served at http://127.0.0.1:(\d+)", errors.read_text())):
                if server.poll() is not None:
                    sys.exit(errors.read_text())
                time.sleep(0.05)
            yield int(found.group(1))
        finally:
            server.terminate()
            server.wait()


def push_sales(port, customers):
    """Sales of the last year, the same ones every time but for today's date. Events a second."""
    numbers = random.Random(7)
    now = int(time.time())
    total = customers * SALES_EACH
    started = time.monotonic()
    for begin in range(0, total, 20_000):
        rows = range(begin, min(begin + 20_000, total))
        post(port, "/push", {"push_source_name": "sales", "df": {
            "customer_id": [f"c{row % customers}" for row in rows],
            "article_id": [f"a{numbers.randrange(20_000)}" for _ in rows],
            "t_dat": [1_000_000 * (now - numbers.randrange(1, 365 * 86_400)) for _ in rows],
            "price": [numbers.randrange(100, 40_000) / 100 for _ in rows],
            "quantity": [numbers.randrange(1, 5) for _ in rows]}})
    return total / (time.monotonic() - started)


def request_bodies(batch, customers, ask):
    """Random customers; `ask` is what is asked for."""
    numbers = random.Random(3)
    return [json.dumps({**ask, "entities": {"customer_id": [
        f"c{numbers.randrange(customers)}" for _ in range(batch)]}}) for _ in range(BODIES)]


def wrk_script(folder, batch, customers, ask):
    listed = ",\n".join(f"[[{body}]]" for body in request_bodies(batch, customers, ask))
    script = pathlib.Path(folder) / f"batch{batch}.lua"
    script.write_text(f"local bodies = {{\n{listed}}}\nlocal at = 0\n"
                      "wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\n"
                      "function request()\n  at = at % #bodies + 1\n"
                      "  return wrk.format(nil, nil, nil, bodies[at])\nend\n")
    return script


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def load(port, script, connections, seconds, pause_ms=0, lossless=True):
    """Requests a second, p50 and p99 in ms. Each connection pauses about that long in between. Not
    `lossless`: a server that drops connections is measured by what it answers."""
    text = script.read_text()
    if pause_ms:
        text += f"function delay() return math.random({pause_ms} - 1, {pause_ms} + 1) end\n"
    paused = script.with_suffix(".run.lua")
    paused.write_text(text)
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
                          "--timeout", "60s", "-s", paused,
                          f"http://127.0.0.1:{port}/get-online-features"],
                         capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out or (lossless and "Socket errors" in out):
        sys.exit(out)
    p50, p99 = (milliseconds(re.search(rf" {share}%\s+(\S+)", out).group(1)) for share in (50, 99))
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)), p50, p99


def measure(port, script, options):
    """Full load, then half of it: as many connections as ask half as often when each pauses."""
    full = load(port, script, options.connections, options.seconds)
    fewer = max(1, round(full[0] / 2 * PAUSE_MS / 1000))
    return full, load(port, script, fewer, options.seconds, PAUSE_MS)


class Paced:
    """paced_load.cc, built on the spot."""

    def __init__(self, folder, port, options):
        self.program = pathlib.Path(folder) / "paced_load"
        self.port, self.options = port, options
        subprocess.run(["c++", "-O2", "-std=c++20", "-o", self.program,
                        ROOT / "bench" / "paced_load.cc"], check=True)

    def run(self, rate, path, bodies):
        """Requests a second, p50, p99 and the longest latency in ms."""
        out = subprocess.run([self.program, str(self.port), path, str(bodies), str(rate),
                              str(self.options.seconds), str(self.options.connections)],
                             capture_output=True, text=True, check=True).stdout
        return [float(number) for number in out.split()]

    def figures(self, name, rate, bodies):
        """The features and the route that does nothing, printed; the features' p99."""
        for what, path, sent in (("features", "/get-online-features", bodies), ("nothing", "/health", "-")):
            got = self.run(rate, path, sent)
            print(f"| {name}, {what} | {got[0]:,.0f} | {got[1]:.3f} | {got[2]:.3f} | {got[3]:.1f} |")
            if what == "features":
                p99 = got[2]
        return p99


def arguments(parser):
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--connections", type=int, default=32)
    return parser.parse_args()


def main():
    options = arguments(argparse.ArgumentParser(description=__doc__.splitlines()[0]))
    figures = {}
    with tempfile.TemporaryDirectory() as folder, served_shop(options.threads) as port:
        rate = push_sales(port, options.customers)
        print(f"{options.customers} customers, {SALES_EACH} sales each, pushed at {rate:,.0f} events/s")
        print("| load | requests/s | p50 ms | p99 ms | longest ms |\n|---|---|---|---|---|")
        ask = {"feature_service": "bench"}
        paced = Paced(folder, port, options)
        for batch in (1, 100):
            full = load(port, wrk_script(folder, batch, options.customers, ask),
                        options.connections, options.seconds)
            print(f"| batch {batch}, full load | {full[0]:,.0f} | {full[1]:.3f} | {full[2]:.3f} | |")
            figures[f"batch {batch}, full load: requests/s"] = full[0]
            bodies = pathlib.Path(folder) / f"batch{batch}.jsonl"
            bodies.write_text("\n".join(request_bodies(batch, options.customers, ask)) + "\n")
            rates = {"half load": full[0] / 2}
            if batch == 1:
                rates[f"{WANTED_RATE // 2} requests/s"] = WANTED_RATE / 2
            for name, rate in rates.items():
                name = f"batch {batch}, {name}"
                figures[f"{name}: p99 ms"] = paced.figures(name, rate, bodies)
    print("\n| figure | measured | target | ratio, above 1 is better |\n|---|---|---|---|")
    for name, target in TARGETS.items():
        ratio = target / figures[name] if name.endswith("ms") else figures[name] / target
        print(f"| {name} | {figures[name]:,.3f} | {target:,} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
