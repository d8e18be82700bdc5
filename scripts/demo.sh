#!/usr/bin/env bash
# The main job from nothing: a zoo of cart-pole policies, a generator trained on it, policies lifted
# in one update, and a report. Stopped and started again, it goes on where it was.
# shellcheck disable=SC2317  # stage runs the functions below
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
usage: scripts/demo.sh [--out FOLDER] [--seed N]

  --out FOLDER  where zoo/, generator/, results.json and report.html go (default: demo)
  --seed N      seed of the generator's training (default: 1)

environment: what scripts/setup.sh reads.
HELP
}

out=demo seed=1
while [ $# -gt 0 ]; do
  case $1 in
    --out) out=${2:?--out needs a folder} && shift ;;
    --seed) seed=${2:?--seed needs a number} && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && die "unknown option '$1'" ;;
  esac
  shift
done
[[ "$seed" =~ ^[0-9]+$ ]] || die "--seed: expected a whole number, found '$seed'"
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$root"

config=configs/cartpole.yaml

build_zoo() { build/saltus zoo build --config "$config" -o "$out/zoo"; }
train() { build/saltus train --config "$config" --zoo "$out/zoo" -o "$out/generator" "training.seed=$seed"; }
report() {
  build/saltus report "$out/results.json" --zoo "$out/zoo" --training "$out/generator" -o "$out/report.html"
}

evaluate() {
  local critic=()
  [ ! -e "$out/generator/critic.safetensors" ] || critic=(--critic "$out/generator")
  build/saltus evaluate "$out/generator" --config "$config" --zoo "$out/zoo" -o "$out" "${critic[@]}"
}

print_headline() {
  python3 - "$out/results.json" <<'PYTHON'
import json
import sys
results = json.load(open(sys.argv[1]))
one, cost = results["one_update"], results.get("cost", {})
print(f"    {one['count']} policies nobody trained, one update each, asked for {one['prompt']:.1f}:")
print(f"    {results['metric']} {one['mean']:.1f} ± {one['std']:.1f}, worst {one['min']:.1f}, "
      f"5th percentile {one['p05']:.1f}, {1e3 * one['seconds_per_update']:.2f} ms an update")
PYTHON
}

must "set-up and build" scripts/setup.sh
must "zoo: train policies with PPO" build_zoo
must "generator: train the diffusion transformer on the zoo" train
must "evaluation: lift fresh policies, compare, measure" evaluate
must "report" report
must "the result" print_headline
print_stages
say "open $out/report.html"
