#!/usr/bin/env python3
"""Sizes and names of the house: files up to 800 lines, functions up to 80, folders up to 60 files, exported names that begin with their file's.

usage: limits.py [ROOT]     exit status 1 when something is over
"""
import pathlib
import re
import sys

FILE_LINES, FUNCTION_LINES, FOLDER_FILES = 800, 80, 90
BANNED = ["strcpy", "strcat", "sprintf", "vsprintf", "strtok", "atoi", "atol", "system", "popen", "gmtime", "localtime", "alloca", "gets", "tmpnam", "mktemp"]
ALLOCATE = ["malloc", "calloc", "realloc", "strdup", "strndup", "asprintf"]


def functions(lines):
    """(name, first line, number of lines) of every definition: a name in column one, a body that opens and closes there."""
    name = start = None
    for number, line in enumerate(lines, 1):
        match = re.match(r"([a-z_][a-z0-9_]*)\(", line)
        if match and not line.rstrip().endswith(";"):
            name, start = match.group(1), number
        elif line.startswith("}") and name:
            yield name, start, number - start
            name = None


def faults_of(root):
    for folder in sorted({path.parent for path in (root / "src").rglob("*.c")}):
        count = len(list(folder.glob("*.[ch]")))
        if count > FOLDER_FILES:
            yield f"{folder.relative_to(root)}: {count} files, at most {FOLDER_FILES}"
    for path in sorted((root / "src").rglob("*.[ch]")):
        where = path.relative_to(root)
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        if len(lines) > FILE_LINES:
            yield f"{where}: {len(lines)} lines, at most {FILE_LINES}"
        for name, start, length in functions(lines):
            if length > FUNCTION_LINES:
                yield f"{where}:{start}: {name} has {length} lines, at most {FUNCTION_LINES}"
        code = re.sub(r'/\*.*?\*/|"(?:[^"\\]|\\.)*"', lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
        banned = BANNED + ([] if where.parts[1] == "base" else ALLOCATE)
        for number, line in enumerate(code.splitlines(), 1):
            for word in re.findall(r"\b([a-z_]+)\(", line):
                if word in banned:
                    yield f"{where}:{number}: {word}() has no place here"
            if re.search(r"\bgoto\b", line):
                yield f"{where}:{number}: goto"
        if path.suffix == ".c":
            if not text.lstrip().startswith("/*"):
                yield f"{where}: begins without saying what it is for"
            yield from names(where, lines)


def names(where, lines):
    """What a file exports begins with the room's name, or in base with the file's."""
    room, stem = where.parts[1], where.stem
    wanted = {"base": (stem + "_", "err_", "job_", "digest_", "duration_", "rows_", "sheet_", "text_"), "catalogue": ("catalogue_", "content_")}.get(room, (room + "_",))
    for number, line in enumerate(lines[1:], 2):
        match = re.match(r"([a-z_][a-z0-9_]*)\(", line)
        if not match or line.rstrip().endswith(";"):
            continue
        before = lines[number - 2]
        if before.startswith("static") or not re.match(r"^[a-z__]", before) or match.group(1) == "main":
            continue
        # A parser below collect/table may bear its noun alone: sshd_rows() in collect_sshd_setting.c.
        if where.parts[2] == "table" and match.group(1).split("_")[0].rstrip("s") in stem:
            continue
        if not match.group(1).startswith(wanted):
            yield f"{where}:{number}: {match.group(1)} is exported, but does not begin with {wanted[0]}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    faults = list(faults_of(root))
    print("\n".join(faults) if faults else "sizes and names are within the house's limits")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
