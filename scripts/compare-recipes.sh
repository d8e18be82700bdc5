#!/usr/bin/env bash
# Recipes side by side in equal training time, several seeds each.
# shellcheck disable=SC2317  # stage runs the functions below
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=scripts/trials.sh
source "$(dirname "${BASH_SOURCE[0]}")/trials.sh"

usage() {
  cat <<'HELP'
usage: scripts/compare-recipes.sh ZOO RECIPES [--config FILE] [--out DIR] [--seconds N] [--seeds N]
       [KEY=VALUE...]

  ZOO           a complete zoo
  RECIPES       a file with a line "NAME: KEY=VALUE..." a recipe: what it changes in the
                configuration; # begins a comment. See configs/recipes-mnist.txt
  --config FILE the configuration (default: configs/mnist-loss.yaml)
  --out DIR     where generators, results and table.md go (default: reproduce/recipes)
  --seconds N   of training, a critic's included, for each generator (default: 150)
  --seeds N     generators a recipe, seeds 0 to N - 1 (default: 2)
  KEY=VALUE     changes the configuration of every training, before its recipe does

Relative paths start at the project's folder. Every generator trains for as many steps as take
N seconds on this machine, now. Stopped and started again, it goes on where it was. Data as for
scripts/reproduce.sh: $SALTUS_DATA.
HELP
}

arguments=() everywhere=() config=configs/mnist-loss.yaml out=reproduce/recipes training_seconds=150 seeds=2
while [ $# -gt 0 ]; do
  case $1 in
    --config) config=${2:?--config needs a file} && shift ;;
    --out) out=${2:?--out needs a folder} && shift ;;
    --seconds) training_seconds=${2:?--seconds needs a number} && shift ;;
    --seeds) seeds=${2:?--seeds needs a number} && shift ;;
    -h | --help) usage && exit 0 ;;
    -*) usage >&2 && die "unknown option '$1'" ;;
    *=*) everywhere+=("$1") ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
cd "$root"
[ "${#arguments[@]}" -eq 2 ] || { usage >&2 && die "expected ZOO and RECIPES, found ${#arguments[@]} arguments"; }
zoo=${arguments[0]} recipes=${arguments[1]}
for number in "$training_seconds" "$seeds"; do
  [[ "$number" =~ ^[1-9][0-9]*$ ]] || die "--seconds, --seeds: expected a number from 1, found '$number'"
done
[ -d "$zoo" ] || die "ZOO: expected a folder, found '$zoo'"
for file in "$recipes" "$config"; do [ -e "$file" ] || die "expected a file, found '$file'"; done
export SALTUS_DATA=${SALTUS_DATA:-$root/data}
saltus=${SALTUS:-build/saltus}
# shellcheck disable=SC2034  # used by timed_trial
evaluation=(evaluation.tuned_steps=1 evaluation.held_out=1 evaluation.schemes='[kaiming,orthogonal]'
  evaluation.updates=2 evaluation.recalibrate=false evaluation.diversity=false evaluation.baselines=false
  evaluation.novelty=false)
claim_folder "$out" "$zoo" "recipes $(md5sum <"$recipes")"

results=()
while IFS= read -r line <&3; do
  line=${line%%#*}
  [ -n "${line// /}" ] || continue
  [[ "$line" == *:* ]] || die "$recipes: expected 'NAME: KEY=VALUE...', found '$line'"
  read -ra overrides <<<"${line#*:}"
  name=${line%%:*}
  for ((seed = 0; seed < seeds; ++seed)); do
    folder=$out/${name// /-}/seed-$seed
    must "$name, seed $seed" timed_trial "$folder" "$zoo" "${overrides[@]}" "training.seed=$seed"
    results+=("$folder/results.json")
  done
done 3<"$recipes"
must "table" python3 scripts/comparison-table.py "$out/table.md" "${results[@]}"
print_stages
