#!/usr/bin/env bash
# Sets up, builds and tests everything; the exit code is the verdict, the last line the count.
# shellcheck disable=SC2317  # stage runs the functions below
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
usage: scripts/test.sh [--fast]

  --fast  unit tests and source checks only: no slow tests, no sanitizers, no coverage

environment: SALTUS_GOLDEN (a folder of golden fixtures to test against instead of the ones in
tests/golden), SALTUS_DATA (the folder that holds mnist/ and cifar10/: without it what wants the
real images is skipped), and what scripts/setup.sh reads.
HELP
}

fast=no
while [ $# -gt 0 ]; do
  case $1 in
    --fast) fast=yes ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && die "unknown option '$1'" ;;
  esac
  shift
done
cd "$root"
export GOMP_SPINCOUNT=1000  # tests run side by side, and threads that spin hold each other up (apps/cli/main.cc)

passed=0 failed=0 skipped=0

finish() {
  print_stages
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}

# check NAME COMMAND...: a stage that counts as one test.
check() {
  stage "$@"
  if [ "$stage_status" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

# A check for a tool that may be absent.
check_with() {
  local tool=$1
  shift
  if command -v "$tool" >/dev/null; then
    check "$@"
  else
    skip "$1" "$tool is not installed"
  fi
}

skip() { # NAME WHY
  skipped=$((skipped + 1))
  note "skipped: $1 ($2)"
}

# Runs ctest on build/ and adds up what its report says.
run_ctest() { # NAME CTEST-OPTION...
  local name=$1 report=build/test-report.xml counts
  shift
  rm -f "$report"
  stage "$name" ctest --test-dir build --parallel "$(jobs)" --output-on-failure --no-tests=ignore \
    --timeout 900 --output-junit "$root/$report" "$@"
  if [ ! -e "$report" ]; then
    failed=$((failed + 1))
    return
  fi
  counts=$(python3 - "$report" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1]).getroot()
total, failed = int(suite.get("tests")), int(suite.get("failures"))
skipped = int(suite.get("skipped")) + int(suite.get("disabled"))
print(total - failed - skipped, failed, skipped)
PYTHON
  )
  read -r good bad none <<<"$counts"
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + none))
  if [ "$stage_status" -ne 0 ] && [ "$bad" -eq 0 ]; then failed=$((failed + 1)); fi
}

sources() { find src apps tests python/src -name '*.h' -o -name '*.cc' | sort; }
check_layers() { scripts/check-layers.py --self-test && scripts/check-layers.py; }
check_format() { sources | xargs clang-format --dry-run -Werror; }
check_shell() { shellcheck -x scripts/*.sh .ci/run; }

# Rough figures of the paths that need no data: here it counts that they run.
brief_bench() {
  local workloads=(bench/workloads/{cartpole-*,generator-{small,paper},start-*,updates-1}.yaml)
  # Its networks are MNIST's, of which it trains a few.
  if [ -n "${SALTUS_DATA:-}" ]; then
    workloads+=(bench/workloads/zoo-large.yaml)
  else
    note "without zoo-large: SALTUS_DATA is not set"
  fi
  build/saltus bench --brief --no-peers "${workloads[@]}"
}

# As a user installs it, but into .venv and with a build that is kept. Its dependencies are there.
# The compiler is called as in build/: the cache then has most of what is compiled here.
install_package() {
  CXX=$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' build/CMakeCache.txt)
  export CXX
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps \
    --force-reinstall -C "build-dir=$root/build-python" -C "cmake.define.SALTUS_WERROR=${SALTUS_WERROR:-OFF}" ./python
}
# In python/tests and nowhere else: there `import saltus` is the installed package.
test_package() { (cd python/tests && ../../.venv/bin/python -m pytest -p no:cacheprovider "$@" .); }
check_types() { (cd python && ../.venv/bin/python -m mypy); }

# Checks of python/, where its tools are (setup.sh --tests installs them).
check_python() {
  if ! .venv/bin/python -c 'import scikit_build_core, pytest, mypy, nbclient, ipykernel' 2>/dev/null; then
    skipped=$((skipped + 1))
    note "skipped: python: the package (scikit-build-core, pytest, mypy, nbclient or ipykernel is not in .venv)"
    return
  fi
  check "python: pip install ./python" install_package
  [ "$stage_status" -eq 0 ] || return 0
  check "python: mypy --strict" check_types
  check "python: tests and the walk-through" test_package
}

# The layers' own tests; those of the program and the golden ones run in build/ alone.
unit_tests() {
  local folder
  for folder in src/saltus/*/; do
    if compgen -G "$folder*_test.cc" >/dev/null; then echo "saltus_$(basename "$folder")_test"; fi
  done
}

# Sanitizers and coverage share one build: a line is either clean and counted, or neither.
# Test discovery runs the programs during the build, hence the options here.
sanitizer_options() {
  # LibTorch leaves some of its own allocations to the end of the process: leaks are not looked for.
  export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1:strict_string_checks=1
  export UBSAN_OPTIONS=print_stacktrace=1
}

build_instrumented() {
  sanitizer_options
  local options=("-DSALTUS_WERROR=${SALTUS_WERROR:-OFF}") targets
  [ -z "${CMAKE_PREFIX_PATH:-}" ] || options+=("-DCMAKE_PREFIX_PATH=${CMAKE_PREFIX_PATH//:/;}")
  cmake --preset sanitize "${options[@]}" --log-level=WARNING
  mapfile -t targets < <(unit_tests)
  cmake --build --preset sanitize --parallel "$(jobs)" --target "${targets[@]}"
  find build-sanitize -name '*.gcda' -delete
}

# Several at once; one that passed leaves NAME.passed, the others' output is printed.
run_instrumented() { # TEST...
  sanitizer_options
  rm -f build-sanitize/*.passed
  # shellcheck disable=SC2016  # for the inner shell to expand
  printf '%s\n' "$@" | xargs -P "$(jobs)" -I{} bash -c '
    log=build-sanitize/$1.log
    if "$(find build-sanitize -name "$1" -type f)" --gtest_brief=1 >"$log" 2>&1; then
      touch "build-sanitize/$1.passed"
    else
      printf "%s:\n%s\n" "$1" "$(cat "$log")"
    fi' - {}
}

check_instrumented() {
  local tests test
  mapfile -t tests < <(unit_tests)
  stage "sanitizers: the layers' unit tests" run_instrumented "${tests[@]}"
  for test in "${tests[@]}"; do
    if [ -e "build-sanitize/$test.passed" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  done
}

print_coverage() {
  gcovr --root . --filter 'src/' --exclude '.*_test\.cc' --gcov-ignore-parse-errors \
    -j "$(jobs)" build-sanitize --sort-uncovered --txt build-sanitize/coverage.txt --print-summary
  note "every file: build-sanitize/coverage.txt"
}

stage "set-up and build" scripts/setup.sh --tests --python
if [ "$stage_status" -ne 0 ]; then
  failed=1
  finish
fi
check "layers: includes keep to the declared dependencies" check_layers
# Its versions differ on some lines: one decides, that of Debian 12.
if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
  check "format: clang-format" check_format
else
  skip "format: clang-format" "version 14 is not installed"
fi
check_with shellcheck "format: shellcheck" check_shell
check_with npm "web: types, unit tests, and web/dist as its sources give it" scripts/build-web.sh --check --test
run_ctest "tests: fast" --label-exclude slow

if [ "$fast" = no ]; then
  run_ctest "tests: slow" --label-regex slow
  check "speed: a brief saltus bench" brief_bench
  check_with chromium "web: report, playground and live view in a browser" scripts/build-web.sh --check --browser
  check_python
  check "sanitizers: build" build_instrumented
  if [ "$stage_status" -eq 0 ]; then
    check_instrumented
    check_with gcovr "line coverage of src/ by the unit tests" print_coverage
  fi
fi
finish
