#!/usr/bin/env python3
"""Make C arrays of text files, so that a script or stylesheet can be a file of its own and still be part of the program.

usage: mktext.py OUTPUT HEADER NAME FILE [NAME FILE]...
Each NAME is a NUL-terminated array of char that HEADER declares.
"""
import sys


def main():
    output, header, pairs = sys.argv[1], sys.argv[2], sys.argv[3:]
    lines = ["/* Made by tool/mktext.py from the files that meson.build names. */", f'#include "{header}"', ""]
    for name, path in zip(pairs[::2], pairs[1::2]):
        with open(path, "rb") as file:
            text = file.read()
        assert b"\0" not in text, f"{path}: a NUL would end it"
        lines.append(f"const char {name}[] = {{")
        for at in range(0, len(text), 20):
            lines.append("\t" + ", ".join(f"'\\x{byte:02x}'" for byte in text[at : at + 20]) + ",")
        lines.append("\t0};")
    with open(output, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
