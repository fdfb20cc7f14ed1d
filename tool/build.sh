#!/bin/sh
# Build one flavour quietly: the log is shown only when the build fails.
# usage: tool/build.sh release|test|gcc|bench|fuzz|install
set -eu
cd "$(dirname "$0")/.."

quietly() {
	"$@" >build/log 2>&1 || {
		cat build/log >&2
		echo "the build failed: $*" >&2
		exit 3
	}
}

configure() { # DIR, then arguments of meson setup
	dir=$1
	shift
	[ -f "$dir/build.ninja" ] || quietly meson setup "$dir" "$@"
}

mkdir -p build
case ${1-} in
release)
	CC=${CC:-gcc} configure build/release --buildtype=release -Dtests=false
	quietly ninja -C build/release
	ln -sf src/cli/assay build/release/assay
	quietly build/release/assay content lint
	;;
test)
	CC=clang configure build/test --buildtype=debugoptimized -Db_sanitize=address,undefined -Dwerror_all=true
	quietly ninja -C build/test
	;;
gcc)
	CC=gcc configure build/gcc --buildtype=release -Dwerror_all=true
	quietly ninja -C build/gcc
	;;
bench)
	CC=${CC:-gcc} configure build/bench --buildtype=release -Dtests=false -Dbench=true
	quietly ninja -C build/bench
	;;
fuzz)
	CC=clang configure build/fuzz --buildtype=debugoptimized -Db_sanitize=address,undefined -Dfuzz=true -Dwerror_all=true
	quietly ninja -C build/fuzz
	;;
install)
	CC=${CC:-gcc} configure build/install --buildtype=release -Dtests=false --prefix="${PREFIX:-/usr/local}"
	quietly meson configure build/install --prefix="${PREFIX:-/usr/local}"
	quietly meson install -C build/install
	;;
*)
	echo "usage: tool/build.sh release|test|gcc|bench|fuzz|install" >&2
	exit 2
	;;
esac
