#!/usr/bin/env python3
"""Includes go down: read the table of rooms in ARCHITECTURE.md and every #include below src/, and name each that the table does not allow.

usage: layers.py [ROOT]     exit status 1 when something is forbidden
"""
import pathlib
import re
import sys


def rooms_of(text):
    """room -> the rooms and single headers it may include, from the table under '## Rooms'."""
    allowed = {}
    for line in text.split("## Rooms", 1)[1].split("\n## ", 1)[0].splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 4 and cells[0].isdigit():
            allowed[cells[1]] = set(cells[3].split())
    return allowed


def forbidden(root):
    allowed = rooms_of((root / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    faults = []
    seen = {path.name for path in (root / "src").iterdir() if path.is_dir()}
    for room in sorted(seen - set(allowed)):
        faults.append(f"src/{room}: the table of rooms in ARCHITECTURE.md does not name it")
    for room in sorted(set(allowed) - seen):
        faults.append(f"ARCHITECTURE.md: there is no src/{room}")
    for path in sorted((root / "src").rglob("*.[ch]")):
        room = path.relative_to(root / "src").parts[0]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not match:
                continue
            header = match.group(1)
            target = header.split("/")[0]
            if "/" not in header:
                faults.append(f'{path.relative_to(root)}:{number}: "{header}": an include names its room')
            elif not (root / "src" / header).exists():
                faults.append(f'{path.relative_to(root)}:{number}: "{header}" is not there')
            elif target != room and target not in allowed.get(room, ()) and header not in allowed.get(room, ()):
                faults.append(f'{path.relative_to(root)}:{number}: {room} may not include "{header}"')
    return faults


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    faults = forbidden(root)
    print("\n".join(faults) if faults else "every include goes down")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
