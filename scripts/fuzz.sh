#!/usr/bin/env bash
# Builds the fuzzers of tests/fuzz with clang and runs each for some seconds; a finding is a failure.
# shellcheck disable=SC2317  # stage runs the functions below
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
usage: scripts/fuzz.sh [SECONDS]

Each reader of other tools' files gets inputs that libFuzzer makes of the files in tests/golden, for
SECONDS (default: 600), under the address and undefined-behaviour sanitizers. Needs clang 16 or newer
and its runtime libraries (Debian: clang-16, libclang-rt-16-dev). What is found lies in
build-fuzz/findings.
HELP
}

seconds=600
case ${1:-} in
  -h | --help) usage && exit 0 ;;
  "") ;;
  *[!0-9]*) usage >&2 && die "expected a number of seconds, found '$1'" ;;
  *) seconds=$1 ;;
esac
cd "$root"

# The newest clang there is.
find_clang() {
  local version
  for version in -{22..16} ""; do
    if command -v "clang++$version"; then return; fi
  done
  die "expected clang 16 or newer, found none"
}

build_fuzzers() {
  local clang
  clang=$(find_clang)
  cmake -B build-fuzz -G Ninja -DSALTUS_FUZZ=ON -DSALTUS_TESTS=OFF -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1" -DCMAKE_CXX_COMPILER="$clang" --log-level=WARNING
  cmake --build build-fuzz --parallel "$(jobs)" --target saltus_fuzz
}

# Seeds are the fixtures; pickles are taken out of their archives.
make_corpus() {
  rm -rf build-fuzz/corpus
  mkdir -p build-fuzz/corpus/{checkpoint,lmdb,pickle,table} build-fuzz/findings
  cp tests/golden/formats/*.pt tests/golden/formats/*.np[yz] build-fuzz/corpus/checkpoint
  cp tests/fuzz/seeds/checkpoint/* build-fuzz/corpus/checkpoint
  cp tests/golden/lmdb/cartpole/000000/data.mdb build-fuzz/corpus/lmdb/cartpole
  cp tests/golden/lmdb/mnist/000000/data.mdb build-fuzz/corpus/lmdb/mnist
  cp tests/fuzz/seeds/table/* build-fuzz/corpus/table
  python3 - <<'PYTHON'
import pathlib
import zipfile
for file in pathlib.Path("tests/golden").rglob("*.pt"):
    if zipfile.is_zipfile(file):
        archive = zipfile.ZipFile(file)
        name = next(n for n in archive.namelist() if n.endswith("data.pkl"))
        pathlib.Path("build-fuzz/corpus/pickle", file.stem).write_bytes(archive.read(name))
PYTHON
}

fuzz() { # READER
  build-fuzz/saltus_fuzz_"$1" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
    -max_len=131072 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="build-fuzz/findings/$1-" "build-fuzz/corpus/$1"
}

must "build the fuzzers" build_fuzzers
must "make their corpus" make_corpus
failed=0
for reader in checkpoint lmdb pickle table; do
  stage "fuzz: $reader" fuzz "$reader"
  [ "$stage_status" -eq 0 ] || failed=1
done
print_stages
exit "$failed"
