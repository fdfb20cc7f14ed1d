#!/usr/bin/env python3
"""The house's own checks ring: each finds the fault that is planted in a small tree, and nothing in a good one. TAP output.

usage: test_house.py SOURCE_ROOT
"""
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(sys.argv[1]) / "tool"))
import bank_holidays  # noqa: E402
import layers  # noqa: E402
import limits  # noqa: E402
import registers  # noqa: E402

TABLE = "## Rooms\n\n| storey | room | what | may include |\n|---|---|---|---|\n| 1 | upper | x | base |\n| 0 | base | x | |\n\n## Next\n"


def tree(files):
    root = pathlib.Path(tempfile.mkdtemp(prefix="assay-house-"))
    (root / "ARCHITECTURE.md").write_text(TABLE)
    for name, text in ({"src/base/job.h": "/* x */\n", "src/upper/up.h": "/* x */\n"} | files).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def stale(folder):
    """Calendars that are not what tool/bank_holidays.py writes."""
    return [nation for nation in bank_holidays.ALL if (folder / f"{nation}.yaml").read_text(encoding="utf-8") != bank_holidays.calendar(nation)]


def moved():
    """The calendars, with Scotland's World Cup day on the next day."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="assay-house-"))
    for nation in bank_holidays.ALL:
        (folder / f"{nation}.yaml").write_text(bank_holidays.calendar(nation).replace("2026-06-15", "2026-06-16"), encoding="utf-8")
    return folder


def told(**changes):
    """What a small register says of itself, with some of it changed."""
    plain = {"to": [], "to_any": False, "many": False, "choices": [], "required": False, "required_when": "", "personal": False, "builtin": False, "read": "", "write": "",
             "about": "What it is about", "type": "text"}
    change = {"change": "finish", "title": "Finish", "from": ["open"], "to": "well-done", "may": "change", "needs": ["name"], "not_by": ["made"], "when": ["it is | whole"],
              "starts": [{"deadline": "badge.look"}], "pauses": [], "resumes": [], "stops": []}
    return {"register": "badge", "plural": "Badges", "group": "People", "about": "Who carries one.", "source": "", "starts": [], "retention": "", "observed": False,
            "fields": [plain | {"field": "name", "title": "Name", "required": True}, plain | {"field": "made", "title": "Made", "builtin": True}],
            "states": [{"state": "open", "end": False}, {"state": "well-done", "end": True}], "changes": [change]} | changes


def page(**changes):
    return registers.page([told(**changes)], [{"id": "badge.look", "title": "Look at it", "source": "here"}])


def unexplained(packages, text):
    """Packages that doc/dependencies.md gives no reason for. What a package is called beside its library (-dev, a version) does not matter."""
    names = [re.sub(r"(\d[\d.]*)?-dev$", "", line.split()[1]) for line in packages.splitlines() if line and not line.startswith("#")]
    return [name for name in names if name not in text]


CASES = [
    ("dependencies: a package without a reason is named", lambda: unexplained("# why\nbuild libfine-dev\ntest libodd1-dev\n", "| libfine | x | y |") == ["libodd"]),
    ("this tree: every package has a reason", lambda: unexplained((ROOT / "tool/packages").read_text(), (ROOT / "doc/dependencies.md").read_text()) == []),
    ("registers: a field, a way between states and a deadline are on the page", lambda: all(line in page() for line in (
        "| `name` | Name: What it is about | text | yes |  |", "    open --> well_done: finish", "    well_done --> [*]", "`change`, but not who added it",
        "it is \\| whole", "starts `badge.look`", "| `badge.look` | Look at it | here |"))),
    ("registers: what every record has is not told again", lambda: "| `made` |" not in page()),
    ("registers: a register that changed makes the page another", lambda: page() != page(states=told()["states"] + [{"state": "lost", "end": True}])),
    ("registers: a change that leads nowhere is no way in the picture", lambda: "-->" in page() and all(page(changes=[told()["changes"][0] | {"to": to}]).count("finish") == 1
     for to in ("same", "open"))),
    ("calendars: a day that is moved by hand is named", lambda: stale(moved()) == ["scotland"]),
    ("calendars: Easter falls on its known days", lambda: [str(bank_holidays.easter(y)) for y in (1961, 2000, 2019, 2024, 2038)]
     == ["1961-04-02", "2000-04-23", "2019-04-21", "2024-03-31", "2038-04-25"]),
    ("this tree: calendars are what the rules and proclamations give", lambda: stale(ROOT / "content" / "calendar") == []),
    ("layers: a good tree is good", lambda: layers.forbidden(tree({"src/upper/up.c": '/* x */\n#include "base/job.h"\n'})) == []),
    ("layers: an include that goes up is named", lambda: "base may not include" in layers.forbidden(tree({"src/base/b.c": '/* x */\n#include "upper/up.h"\n'}))[0]),
    ("layers: a header that is not there is named", lambda: "is not there" in layers.forbidden(tree({"src/upper/up.c": '/* x */\n#include "base/no.h"\n'}))[0]),
    ("layers: an include without its room is named", lambda: "names its room" in layers.forbidden(tree({"src/upper/up.c": '/* x */\n#include "up.h"\n'}))[0]),
    ("layers: a room the table lacks is named", lambda: "does not name it" in layers.forbidden(tree({"src/attic/a.h": "/* x */\n"}))[0]),
    ("limits: a good file is good", lambda: list(limits.faults_of(tree({"src/upper/up.c": "/* x */\nint\nupper_up(void)\n{\n\treturn 0;\n}\n"}))) == []),
    ("limits: a long file is named", lambda: any("at most 800" in f for f in limits.faults_of(tree({"src/upper/up.c": "/* x */\n" + "\n" * 801})))),
    ("limits: a long function is named", lambda: any("at most 80" in f for f in limits.faults_of(tree({"src/upper/up.c": "/* x */\nint\nupper_up(void)\n{\n" + "\t;\n" * 90 + "}\n"})))),
    ("limits: a banned call is named", lambda: any("strcpy()" in f for f in limits.faults_of(tree({"src/upper/up.c": "/* x */\nint\nupper_up(void)\n{\n\tstrcpy(a, b);\n}\n"})))),
    ("limits: malloc outside base is named", lambda: any("malloc()" in f for f in limits.faults_of(tree({"src/upper/up.c": "/* x */\nint\nupper_up(void)\n{\n\tmalloc(1);\n}\n"})))),
    ("limits: a word in a comment is no call", lambda: list(limits.faults_of(tree({"src/upper/up.c": "/* strcpy(a, b) */\nint\nupper_up(void)\n{\n\treturn 0;\n}\n"}))) == []),
    ("limits: a foreign name is named", lambda: any("is exported" in f for f in limits.faults_of(tree({"src/upper/up.c": "/* x */\nint\nother(void)\n{\n\treturn 0;\n}\n"})))),
    ("this tree: includes go down", lambda: layers.forbidden(ROOT) == []),
    ("this tree: sizes and names", lambda: list(limits.faults_of(ROOT)) == []),
]
ROOT = pathlib.Path(sys.argv[1])


def main():
    print(f"1..{len(CASES)}")
    failed = 0
    for number, (name, case) in enumerate(CASES, 1):
        good = case()
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
    if failed:
        print("# " + "\n# ".join((layers.forbidden(ROOT) + list(limits.faults_of(ROOT)))[:40]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
