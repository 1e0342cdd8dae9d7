#!/usr/bin/env python3
"""Proves that the checks bite: each must refuse its fixture in tests/fixtures, and say why."""

import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests" / "fixtures"

CASES = [
    ("an edge that LAYERS does not allow",
     [sys.executable, "scripts/check_layers.py", "tests/fixtures/bad_edge"], "may not include"),
    ("a cycle in LAYERS",
     [sys.executable, "scripts/check_layers.py", "tests/fixtures/cycle"], "cycle"),
    ("a library outside its folder",
     [sys.executable, "scripts/check_layers.py", "tests/fixtures/bad_edge"], "library"),
    ("a function that is too long",
     [sys.executable, "scripts/check_style.py", "tests/fixtures/long_function.cc"],
     "function of 7"),
    ("unfinished work",
     [sys.executable, "scripts/check_style.py", "tests/fixtures/unfinished.cc"], "unfinished work"),
    ("a test skipped without a reason",
     [sys.executable, "scripts/check_style.py", "tests/fixtures/unfinished.cc"], "skipped test"),
    ("bad formatting",
     ["clang-format-19", "--dry-run", "--Werror", "tests/fixtures/unformatted.cc"],
     "code should be clang-formatted"),
    ("a fault that clang-tidy knows",
     ["clang-tidy-19", "--quiet", "tests/fixtures/untidy.cc", "--", "-std=c++23"],
     "bugprone-use-after-move"),
]


def main():
    failures = 0
    for what, command, expected in CASES:
        if not shutil.which(command[0]):
            print(f"FAIL {what}: {command[0]} is missing: run scripts/bootstrap test")
            failures += 1
            continue
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        bites = result.returncode != 0 and expected in result.stdout + result.stderr
        print(f"{'ok  ' if bites else 'FAIL'} refused: {what}")
        if not bites:
            print(result.stdout + result.stderr)
            failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
