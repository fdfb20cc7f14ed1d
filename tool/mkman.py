#!/usr/bin/env python3
"""Write the manual page of one command from what its --help says, so that the two cannot disagree.

usage: mkman.py ASSAY COMMAND OUTPUT
"""
import re
import subprocess
import sys


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.splitlines())


def help_of(assay, *words):
    return subprocess.run([assay, *words, "--help"], check=True, capture_output=True, text=True, timeout=20).stdout


def options(lines):
    """Each option and what it does; a long text goes on in the next lines, a long option has a line of its own."""
    out = []
    for line in lines:
        match = re.match(r"  ((?:-\w, )?--\S+(?: \S+)?)(?:\s{2,}(.*))?$", line)
        if match:
            out += [".TP", f".B {roff(match.group(1))}"] + ([roff(match.group(2))] if match.group(2) else [])
        elif line.strip():
            out.append(roff(line.strip()))
    return out


def verbs_of(text):
    return re.findall(r"^  (\w+)\s{2,}\S", text, re.M) if " VERB --help'" in text else []


def one(text, heading):
    """A help text as paragraphs: usage, what it does, more, options."""
    parts = re.split(r"\n\n", text.strip())
    out = [heading] if heading else []
    out += [".nf", ".B " + roff(parts[0].replace("usage: ", "")), ".fi", ".PP", roff(parts[1])]
    for part in parts[2:]:
        lines = part.splitlines()
        if lines[0] in ("options:", "common options:"):
            if lines[0] == "options:":
                out += options(lines[1:])
        elif not lines[0].startswith("  ") and "VERB --help" not in part:
            out += [".PP", ".nf" if lines[0].startswith("example") else ".", roff(part)]
            if lines[0].startswith("example"):
                out.append(".fi")
    return [line for line in out if line != "."]


def page(assay, command):
    text = help_of(assay, command)
    about = text.strip().split("\n\n")[1].rstrip(".")
    out = [f'.TH ASSAY\\-{command.upper()} 1 "2026-11-30" "assay" "assay manual"', ".SH NAME", f"assay\\-{command} \\- {roff(about[0].lower() + about[1:])}", ".SH DESCRIPTION"]
    verbs = verbs_of(text)
    if verbs:
        out += [roff(about + "."), ""]
        for verb in verbs:
            out += one(help_of(assay, command, verb), f".SS {verb}")
    else:
        out += one(text, None)
    out += [".SH COMMON OPTIONS"] + options(help_of(assay, command, *verbs[:1]).split("common options:")[1].splitlines())
    out += [".SH EXIT STATUS", "0 done; 1 something is wrong (check and status only); 2 usage or input; 3 could not (busy, no permission, no space).",
            ".SH SEE ALSO", ".BR assay (1),", ".BR assay\\-check (5),", ".BR assay\\-register (5)"]
    return "\n".join(line for line in out if line != "") + "\n"


def main():
    assay, command, output = sys.argv[1:4]
    with open(output, "w", encoding="utf-8") as out:
        out.write(page(assay, command))


if __name__ == "__main__":
    sys.exit(main())
