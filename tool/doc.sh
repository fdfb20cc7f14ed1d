#!/bin/sh
# Write the pages that are made from the program itself: doc/collect.md (what is read, with which permission).
set -eu
cd "$(dirname "$0")/.."
build/release/assay collect --describe >doc/collect.md
