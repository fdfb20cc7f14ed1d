#!/usr/bin/env python3
"""Write the C index of descriptors from the list in a room's meson.build.

usage: mkindex.py collector|command OUTPUT NAME...
Each NAME is one file with one descriptor; the index is an array of pointers to them, in the list's order, ending in NULL.
"""
import sys

SHAPES = {
    "collector": ("collect/collect.h", "struct collector", "collect_{}", "collect_index"),
    "command": ("cli/cli.h", "struct cli_command", "cli_{}_command", "cli_index"),
}


def main():
    kind, output, names = sys.argv[1], sys.argv[2], sys.argv[3:]
    header, struct, symbol, index = SHAPES[kind]
    lines = ["/* Made by tool/mkindex.py from the list in meson.build. */", f'#include "{header}"', ""]
    lines += [f"extern const {struct} {symbol.format(name)};" for name in names]
    lines += ["", f"const {struct} *const {index}[] = {{"]
    lines += [f"\t&{symbol.format(name)}," for name in names] + ["\tNULL,", "};"]
    with open(output, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
