#!/usr/bin/env bash
# How few evaluations of a trained generator does an update need, and by which sampler?
# shellcheck disable=SC2317  # stage runs the functions below
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
usage: scripts/sampler-study.sh GENERATOR ZOO --config FILE [--out DIR] [--starts N] [--seed N]

  GENERATOR     a trained generator's folder, and the zoo it was trained on
  --config FILE its recipe: starts, prompts and the default sampler
  --out DIR     where results.json goes (default: reproduce/samplers)
  --starts N    fresh starts, for each way to sample and each prompt (default: 32)
  --seed N      of starts and noise (default: 31; no other evaluation uses it)

Samples the same updates with 1 to 1,000 evaluations by DDIM, DPM-Solver++ and ancestral DDPM,
and with early stops; the score at the best prompt, the alignment and the diversity of each are
in results.json. Draw several with scripts/sampler-chart.py.
HELP
}

arguments=() config='' out=reproduce/samplers starts=32 seed=31
while [ $# -gt 0 ]; do
  case $1 in
    --config) config=${2:?--config needs a file} && shift ;;
    --out) out=${2:?--out needs a folder} && shift ;;
    --starts) starts=${2:?--starts needs a number} && shift ;;
    --seed) seed=${2:?--seed needs a number} && shift ;;
    -h | --help) usage && exit 0 ;;
    -*) usage >&2 && die "unknown option '$1'" ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
[ ${#arguments[@]} -eq 2 ] || { usage >&2 && die "expected GENERATOR and ZOO, found ${#arguments[@]} arguments"; }
[ -e "$config" ] || die "--config: expected a file, found '$config'"
[[ "$starts" =~ ^[1-9][0-9]*$ ]] || die "--starts: expected a number from 1, found '$starts'"
saltus=${SALTUS:-$root/build/saltus}

samplers=(
  'ddim 1' 'ddim 2' 'ddim 5' 'ddim 20' 'ddim 2 400' 'ddim 5 400'
  'dpm 2' 'dpm 5' 'dpm 20'
  'ddpm 5' 'ddpm 20' 'ddpm 100' 'ddpm 1000'
)
list=$(IFS=, && echo "${samplers[*]}")
scheme=$(sed -n '/^evaluation:/,/^[a-z]/s/^ *scheme: *\([a-z:0-9.]*\).*/\1/p' "$config")

# Everything but the samplers is kept small.
evaluate() {
  "$saltus" evaluate "${arguments[0]}" --zoo "${arguments[1]}" --config "$config" -o "$out" \
    "evaluation.samplers=[$list]" "evaluation.sampler_starts=$starts" "evaluation.seed=$seed" \
    "evaluation.starts=$starts" "evaluation.schemes=[${scheme:-orthogonal}]" evaluation.updates=1 \
    "evaluation.alignment_starts=$starts" evaluation.crossed_starts=2 evaluation.recalibrate=false \
    evaluation.novelty=false evaluation.diversity=false evaluation.baselines=false
}

must "${#samplers[@]} ways to sample" evaluate
must "table" python3 "$root/scripts/sampler-chart.py" "$out/results.json"
print_stages
