# Shared by the scripts beside it: messages, stage times, the number of parallel jobs.
# shellcheck shell=bash

# shellcheck disable=SC2034  # used by the scripts that source this one
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' dim='' red='' plain=''
fi

say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*"; }
note() { printf '%s    %s%s\n' "$dim" "$*" "$plain"; }
die() {
  printf '%serror:%s %s\n' "$red" "$plain" "$*" >&2
  exit 1
}

# One line an ended stage, kept for the summary at the end.
stage_lines=()
stage_status=0

# stage NAME COMMAND...: announces it, runs it in a subshell under `set -e`, keeps its time and its
# status (stage_status). Returns 0 whatever happened; never call it behind `if`, `||` or `&&`, where
# bash would ignore `set -e` inside.
stage() {
  local name=$1 begin=$SECONDS verdict='done' seconds
  shift
  say "$name"
  set +e
  (
    set -e
    "$@"
  )
  stage_status=$?
  set -e
  seconds=$((SECONDS - begin))
  [ "$stage_status" -eq 0 ] || verdict="${red}FAILED${plain} (status $stage_status)"
  stage_lines+=("$(printf '%4d:%02d  %s: %s' $((seconds / 60)) $((seconds % 60)) "$name" "$verdict")")
}

# The same, but a failure ends the script.
must() {
  stage "$@"
  [ "$stage_status" -eq 0 ] || die "stopped at stage '$1'"
}

print_stages() {
  say "time of each stage (minutes:seconds)"
  printf '%s\n' "${stage_lines[@]}"
  printf '%4d:%02d  in all\n' $((SECONDS / 60)) $((SECONDS % 60))
}

# All cores, but no more compilers than there is memory for (a file that includes LibTorch takes
# about 1.5 GB); SALTUS_JOBS overrides it.
jobs() {
  if [ -n "${SALTUS_JOBS:-}" ]; then
    echo "$SALTUS_JOBS"
    return
  fi
  local cores room
  cores=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
  room=$(awk '/^MemAvailable/ { print int($2 / 1572864) }' /proc/meminfo 2>/dev/null || true)
  if [ -n "$room" ] && [ "$room" -lt "$cores" ]; then cores=$((room > 1 ? room : 1)); fi
  echo "$cores"
}
