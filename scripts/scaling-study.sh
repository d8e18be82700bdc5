#!/usr/bin/env bash
# What more runs in the zoo, and a wider generator, are worth in equal training time.
# shellcheck disable=SC2317  # stage runs the functions below
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=scripts/trials.sh
source "$(dirname "${BASH_SOURCE[0]}")/trials.sh"

usage() {
  cat <<'HELP'
usage: scripts/scaling-study.sh ZOO [--config FILE] [--out DIR] [--seconds N] [KEY=VALUE...]

  ZOO           a complete zoo, of 1,024 runs or more; see scripts/reproduce.sh
  --config FILE the recipe (default: configs/mnist-loss-full.yaml)
  --out DIR     where subsets, generators, results, table.md and scaling.svg go
                (default: reproduce/scaling)
  --seconds N   of training, for each generator (default: 600)
  KEY=VALUE     changes the configuration of every training

Trains generators on all runs, a quarter, a sixteenth and a 64th of them, and of half and
twice the width, each for as many steps as take N seconds on this machine, now. Stopped and
started again, it goes on where it was. Relative paths start at the project's folder. Data as
for scripts/reproduce.sh: $SALTUS_DATA.
HELP
}

zoo='' everywhere=() config=configs/mnist-loss-full.yaml out=reproduce/scaling training_seconds=600
while [ $# -gt 0 ]; do
  case $1 in
    --config) config=${2:?--config needs a file} && shift ;;
    --out) out=${2:?--out needs a folder} && shift ;;
    --seconds) training_seconds=${2:?--seconds needs a number} && shift ;;
    -h | --help) usage && exit 0 ;;
    -*) usage >&2 && die "unknown option '$1'" ;;
    *=*) everywhere+=("$1") ;;
    *) [ -z "$zoo" ] || { usage >&2 && die "expected one ZOO, found '$zoo' and '$1'"; } && zoo=$1 ;;
  esac
  shift
done
[ -n "$zoo" ] || { usage >&2 && die "which zoo?"; }
[[ "$training_seconds" =~ ^[1-9][0-9]*$ ]] || die "--seconds: expected a number from 1, found '$training_seconds'"
cd "$root"
[ -d "$zoo" ] || die "ZOO: expected a folder, found '$zoo'"
[ -e "$config" ] || die "--config: expected a file, found '$config'"
export SALTUS_DATA=${SALTUS_DATA:-$root/data}
saltus=${SALTUS:-build/saltus}
# shellcheck disable=SC2034  # used by timed_trial
evaluation=(evaluation.tuned_steps=1 'evaluation.schemes=[kaiming,orthogonal]' evaluation.diversity=false
  evaluation.baselines=false)
claim_folder "$out" "$zoo"

subset() { "$saltus" zoo subset "$zoo" -o "$out/zoo-$1" --runs $((all / $2)); } # NAME DIVISOR

study() { timed_trial "$out/$1" "$2" "generator.width=$3"; } # NAME ZOO WIDTH

width=$(sed -n '/^generator:/,/^[a-z]/s/^ *width: *\([0-9]*\).*/\1/p' "$config")
[ -n "$width" ] || die "$config: expected generator.width"
all=$("$saltus" zoo info --json "$zoo" | python3 -c 'import json, sys; print(json.load(sys.stdin)["runs"])')
for part in 64th:64 16th:16 4th:4; do
  must "zoo: one ${part%:*} of $all runs" subset "${part%:*}" "${part#*:}"
done
must "all runs, width $width" study "runs-$all" "$zoo" "$width"
for part in 4th:4 16th:16 64th:64; do
  must "one ${part%:*} of the runs" study "runs-$((all / ${part#*:}))" "$out/zoo-${part%:*}" "$width"
done
must "half the width" study "width-$((width / 2))" "$zoo" $((width / 2))
must "twice the width" study "width-$((width * 2))" "$zoo" $((width * 2))
must "table and chart" python3 scripts/scaling-chart.py "$out"
print_stages
