#!/usr/bin/env python3
"""Take the script out of doc/verify.md: as C (verify_script.py DOC OUT.c), or plain (verify_script.py DOC OUT.sh).

The document is the only place where the script is written; exports carry it and a test runs it.
"""
import sys

doc, out = sys.argv[1:3]
text = open(doc, encoding="utf-8").read()
script = text.split("\n```sh\n")[1].split("\n```\n")[0] + "\n"
assert script.startswith("#!/bin/sh\n") and script.isascii()
if out.endswith(".c"):
    rows = [", ".join(str(byte) for byte in script[at : at + 24].encode()) for at in range(0, len(script), 24)]
    script = '#include "ledger/ledger_export.h"\n\n/* Made from doc/verify.md by tool/verify_script.py. */\nconst char ledger_export_script[] = {\n'
    script += "".join("\t" + row + ",\n" for row in rows) + "\t0};\n"
with open(out, "w", encoding="utf-8") as file:
    file.write(script)
