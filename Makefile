# The front door. Every target installs what it is missing, says so, is quiet otherwise, and can be run again.
#   make run     build, collect evidence from this machine, check it, write var/report.html
#   make test    build with sanitizers and run everything; the last line is "N passed, N failed"
#   make build   the release binary build/release/assay        make bench   the figures, beside the peers
#   make doc     the pages that are made from the program
#   make fuzz    the fuzzers, 5 minutes each (FUZZ_SECONDS)    make install  below PREFIX (default /usr/local)
.POSIX:
.PHONY: run build test bench fuzz doc install clean

PREFIX ?= /usr/local
FUZZ_SECONDS ?= 300

run: build
	@tool/run.sh

build:
	@tool/install.sh build
	@tool/build.sh release

test:
	@tool/install.sh build test
	@tool/test.sh

bench: build
	@tool/install.sh build test bench
	@tool/bench.sh

fuzz:
	@tool/install.sh build test
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tool/fuzz.sh

doc: build
	@tool/doc.sh

install: build
	@PREFIX=$(PREFIX) tool/build.sh install

clean:
	@rm -rf build
