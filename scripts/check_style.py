#!/usr/bin/env python3
"""House rules that no formatter knows: fails with file and line.

- a function is at most 70 lines (namespace-scope and member functions, TEST bodies, lambdas apart);
- no unfinished work: TODO, FIXME, XXX, HACK, "not implemented", stubs;
- a skipped or disabled test says why;
- every header starts with #pragma once and a comment that says what it is for.

usage: check_style.py [FILE ...]     (default: every tracked .h and .cc, scripts and makefiles)
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAX_FUNCTION_LINES = 70
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|[Nn]ot (yet )?implemented|\bstub(bed)?\b")
DISABLED = re.compile(r"\bDISABLED_\w+|GTEST_SKIP\(\)\s*;")
NOT_A_FUNCTION = re.compile(
    r"^\s*(namespace|class|struct|union|enum|extern|if|else|for|while|do|switch|try|catch|template\b"
    r"[^()]*$|#)|=\s*\{$|\]\s*(\([^)]*\))?\s*(mutable\s*)?(->\s*[\w:<>*& ]+)?\{$")
SELF = ("scripts/check_style.py", "tests/fixtures/")


def functions(lines):
    """Yields (first line, length) of each function in clang-formatted code."""
    for number, line in enumerate(lines):
        if not line.rstrip().endswith("{") or line.lstrip().startswith(("//", "*")):
            continue
        # Google style does not indent namespaces; a member function is indented by 2 (4 if nested).
        start = number
        while start > 0 and "(" not in lines[start] and lines[start - 1].strip().endswith((",", "(")):
            start -= 1
        while start > 0 and lines[start - 1].rstrip().endswith((",", "(", "&&", "||")):
            start -= 1
        # A constructor's initialisers may stand on a line of their own.
        while start > 0 and lines[start].lstrip().startswith(":"):
            start -= 1
        head = lines[start]
        indent = len(head) - len(head.lstrip())
        if indent not in (0, 2, 4) or NOT_A_FUNCTION.search(head) or NOT_A_FUNCTION.search(line):
            continue
        if "(" not in "".join(lines[start:number + 1]):
            continue
        closing = " " * indent + "}"
        for end in range(number + 1, len(lines)):
            if lines[end].startswith(closing) and not lines[end].startswith(closing + " else"):
                yield start + 1, end - start + 1
                break


def check_cpp(name, text):
    lines = text.splitlines()
    for first, length in functions(lines):
        if length > MAX_FUNCTION_LINES:
            yield f"{name}:{first}: function of {length} lines (at most {MAX_FUNCTION_LINES})"
    for number, line in enumerate(lines, 1):
        if DISABLED.search(line):
            yield f"{name}:{number}: a skipped test must print its reason"
    if name.endswith(".h"):
        code = [line for line in lines if line.strip()]
        if not code or code[0] != "#pragma once":
            yield f"{name}:1: a header starts with #pragma once"
        elif len(code) < 2 or not code[1].startswith("//"):
            yield f"{name}:2: a header says what it is for in a comment at its top"


def check(name, text):
    for number, line in enumerate(text.splitlines(), 1):
        if UNFINISHED.search(line):
            yield f"{name}:{number}: unfinished work: {line.strip()}"
    if name.endswith((".h", ".cc")):
        yield from check_cpp(name, text)


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.h", "*.cc", "*.py", "*.cmake", "CMakeLists.txt",
         "Makefile", "scripts/*", "web/src/*"],
        cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return sorted({f for f in listed if not f.startswith(SELF) and (ROOT / f).is_file()})


def main():
    names = sys.argv[1:] or tracked()
    problems = []
    for name in names:
        problems += check(name, (ROOT / name).read_text(errors="replace"))
    print("\n".join(problems) if problems else f"style: {len(names)} files, nothing to mend")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
