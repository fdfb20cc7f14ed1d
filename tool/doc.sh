#!/bin/sh
# Write the pages that are made from the program itself: doc/collect.md (what is read, with which permission)
# and doc/registers.md (what people keep: fields, states, status changes).
set -eu
cd "$(dirname "$0")/.."
build/release/assay collect --describe >doc/collect.md
empty=$(mktemp -d) # no store: what an organisation adds to the content is not ours to describe
trap 'rm -rf "$empty"' EXIT
ASSAY_DIR=$empty python3 tool/registers.py build/release/assay content >doc/registers.md
