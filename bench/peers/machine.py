"""What every comparison shares: our program, the machine, two threads on two cores."""

import datetime
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COTERIE = ROOT / "build" / "release" / "coterie"
THREADS = 2
ON_TWO_CORES = ["taskset", "-c", "0,1"]


def heading(*facts):
    """The line above a table: machine, threads, date, and what else belongs to the figures."""
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                  if line.startswith("model name")), "?")
    return ", ".join([model, f"{os.cpu_count()} cores", f"{THREADS} threads each",
                      str(datetime.date.today()), *facts]) + "\n"


def run(command, **more):
    """Standard output of a command on the two cores; ends the comparison if it fails."""
    ran = subprocess.run([*ON_TWO_CORES, *command], capture_output=True, text=True, check=False,
                         **more)
    if ran.returncode:
        sys.exit(ran.stderr or f"{command[0]} ended with {ran.returncode}")
    return ran.stdout
