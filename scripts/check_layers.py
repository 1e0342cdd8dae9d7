#!/usr/bin/env python3
"""Fails on any #include in src/ that src/LAYERS does not allow, and on any cycle in LAYERS.

usage: check_layers.py [SOURCE_TREE]   (the folder that holds src/; default: this repository)
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
STANDARD = re.compile(r"^(c?[a-z_0-9]+|[a-z_]+\.h|(sys|linux|netinet|arpa)/[a-z_0-9]+\.h)$")
TEST_ONLY = ("gtest/", "gmock/", "benchmark/")


def read_layers(path):
    """Returns ({folder: allowed folders}, {folder: allowed libraries}, {library: prefixes})."""
    folders, libraries, prefixes = {}, {}, {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        if line.startswith("@"):
            name, *headers = line[1:].split()
            prefixes[name] = tuple(headers)
            continue
        name, colon, rest = line.partition(":")
        if not colon:
            sys.exit(f"{path}:{number}: expected 'folder: folders | libraries'")
        left, _, right = rest.partition("|")
        folders[name.strip()] = set(left.split())
        libraries[name.strip()] = set(right.split())
    common_folders, common_libraries = folders.pop("*"), libraries.pop("*")
    for name in folders:
        folders[name] |= common_folders | {"base"} - {name}
        folders[name].discard(name)
        libraries[name] |= common_libraries
    return folders, libraries, prefixes


def cycle(folders):
    """Returns one cycle as a list of folders, or None."""
    done, path = set(), []

    def visit(name):
        if name in path:
            return path[path.index(name):] + [name]
        if name in done:
            return None
        path.append(name)
        for other in sorted(folders.get(name, ())):
            found = visit(other)
            if found:
                return found
        path.pop()
        done.add(name)
        return None

    for name in sorted(folders):
        found = visit(name)
        if found:
            return found
    return None


def folder_of(relative, folders):
    """The longest LAYERS folder that holds the file."""
    parts = relative.parts[:-1]
    for length in range(len(parts), 0, -1):
        name = "/".join(parts[:length])
        if name in folders:
            return name
    return None


def is_system(header):
    return "/" not in header and "." not in header or STANDARD.match(header) or header in (
        "immintrin.h", "arm_neon.h", "fcntl.h", "unistd.h")


def check_file(path, source_root, layers):
    folders, libraries, prefixes = layers
    relative = path.relative_to(source_root)
    here = folder_of(relative, folders)
    if here is None:
        return [f"{path}: its folder is not in src/LAYERS"]
    problems = []
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        header = match.group(2)
        place = f"{path}:{number}"
        library = next((name for name, heads in prefixes.items() if header.startswith(heads)), None)
        if library:
            if library not in libraries[here]:
                problems.append(f"{place}: {here} may not include {header} (library {library})")
        elif match.group(1) == '"':
            target = folder_of(pathlib.Path(header), folders)
            if target is None:
                problems.append(f"{place}: {header} is in no folder of src/LAYERS")
            elif target != here and target not in folders[here]:
                problems.append(f"{place}: {here} may not include {target} ({header})")
            elif target != here and header.endswith("_internal.h"):
                problems.append(f"{place}: {header} is internal to {target}")
        elif not is_system(header) and not header.startswith(TEST_ONLY):
            problems.append(f"{place}: {header} belongs to no library of src/LAYERS")
    return problems


def main():
    here = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    layers = read_layers(root / "src" / "LAYERS")
    problems = []
    for name, allowed in layers[0].items():
        problems += [f"src/LAYERS: {name} allows {other}, which has no line"
                     for other in sorted(allowed - set(layers[0]))]
    found = cycle(layers[0])
    if found:
        problems.append("src/LAYERS: cycle " + " -> ".join(found))
    files = [p for p in sorted((root / "src").rglob("*")) if p.suffix in (".h", ".cc")]
    for path in files:
        problems += check_file(path, root / "src", layers)
    print("\n".join(problems) if problems else f"layers: {len(files)} files, every edge allowed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
