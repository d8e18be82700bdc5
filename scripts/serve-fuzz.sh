#!/usr/bin/env bash
# Sends `saltus serve` what its schema does not allow, and what is no HTTP at all.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
usage: scripts/serve-fuzz.sh [--build FOLDER] [--minutes N]

  --build FOLDER  whose saltus to run (default: build-sanitize, made by
                  cmake --preset sanitize && cmake --build --preset sanitize --target saltus)
  --minutes N     of malformed requests (default: 10)

First schemathesis, where the Python of SALTUS_PYTHON (default: .venv's) has it: requests made from
/v1/openapi.json, answers held to it. Then tests/server/malformed.py. Fails on a crash, on any
status of 5xx but 503, and on an answer that is not as described.

environment: SALTUS_PYTHON; SALTUS_EXAMPLES (of each operation, default: 100), SALTUS_SCHEMA_SECONDS
(at most for schemathesis, default: 300)
HELP
}

folder=build-sanitize minutes=10
while [ $# -gt 0 ]; do
  case $1 in
    --build) folder=${2:?--build needs a folder} && shift ;;
    --minutes) minutes=${2:?--minutes needs a number} && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && die "unknown option '$1'" ;;
  esac
  shift
done
cd "$root"
python=${SALTUS_PYTHON:-.venv/bin/python}
scratch=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$scratch" .schemathesis
}
trap finish EXIT

# LibTorch leaves some of its own allocations to the end of the process: leaks are not looked for.
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1
model=tests/models/cartpole
"$folder/saltus" serve "cartpole=$model" --zoo "policies=$model/zoo" --watch "built=$model/zoo" \
  --port 0 >"$scratch/out" 2>"$scratch/err" &
server=$!
for _ in $(seq 300); do
  grep -q serving "$scratch/out" && break
  sleep 0.1
done
url=$(grep -o 'http://[^ ]*' "$scratch/out") || die "the server did not start: $(cat "$scratch/err")"

if "$python" -c 'import schemathesis' 2>/dev/null; then
  # Not the endless stream of events.
  "$python" -m schemathesis.cli run "$url/v1/openapi.json" --exclude-path-regex '/events$' \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance,unsupported_method \
    --phases examples,coverage,fuzzing --max-examples "${SALTUS_EXAMPLES:-100}" --seed 1 \
    --max-time "${SALTUS_SCHEMA_SECONDS:-300}" --request-timeout 60 --no-color
else
  note "skipped: $python has no schemathesis"
fi
"$python" tests/server/malformed.py "$url" "$((minutes * 60))"

kill "$server"
wait "$server" || die "the server ended with $?: $(cat "$scratch/err")"
server=
if grep -q 'ERROR: \|runtime error' "$scratch/err"; then die "$(cat "$scratch/err")"; fi
note "the server is well"
