#!/usr/bin/env bash
# One of the measured results from nothing: zoo, generators of several seeds, evaluations, reports
# and a table. Stopped and started again, it goes on where it was.
# shellcheck disable=SC2317  # stage runs the functions below
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
usage: scripts/reproduce.sh TASK-METRIC [--budget short|full] [--out DIR] [--seeds N] [--device D]

  TASK-METRIC  cartpole-return, mnist-loss, mnist-error, cifar10-loss or cifar10-error; in general
               what configs/ has a file for
  --budget B   short: minutes, configs/TASK-METRIC.yaml (default); full: hours,
               configs/TASK-METRIC-full.yaml
  --out DIR    where zoo/ and, for each seed, seed-N/{generator,results.json,report.html} go
               (default: reproduce/TASK-METRIC-BUDGET)
  --seeds N    generators to train and evaluate, seeds 0 to N - 1 (default: 1)
  --device D   that computes: cpu (default), or cuda for a GPU; cart-pole's zoo is built on the
               cpu all the same

Data of the image tasks come from $SALTUS_DATA/mnist or $SALTUS_DATA/cifar10. Without
SALTUS_DATA they are downloaded to data/ and checked. Otherwise the environment is that of
scripts/setup.sh.
HELP
}

name='' budget=short out='' seeds=1 device=cpu
while [ $# -gt 0 ]; do
  case $1 in
    --budget) budget=${2:?--budget needs short or full} && shift ;;
    --out) out=${2:?--out needs a folder} && shift ;;
    --seeds) seeds=${2:?--seeds needs a number} && shift ;;
    --device) device=${2:?--device needs cpu or cuda} && shift ;;
    -h | --help) usage && exit 0 ;;
    -*) usage >&2 && die "unknown option '$1'" ;;
    *) [ -z "$name" ] || { usage >&2 && die "expected one TASK-METRIC, found '$name' and '$1'"; } && name=$1 ;;
  esac
  shift
done
cd "$root"
[ -n "$name" ] || { usage >&2 && die "which result? expected a TASK-METRIC"; }
[[ "$budget" =~ ^(short|full)$ ]] || die "--budget: expected short or full, found '$budget'"
[[ "$seeds" =~ ^[1-9][0-9]*$ ]] || die "--seeds: expected a number from 1, found '$seeds'"

suffix='' && [ "$budget" = short ] || suffix=-full
config=configs/$name$suffix.yaml
[ -e "$config" ] || config=configs/${name%-return}$suffix.yaml
[ -e "$config" ] || die "$name has no $budget budget; there are: $(cd configs && echo ./*.yaml)"
task=${name%-*}
out=${out:-reproduce/$name-$budget}
mkdir -p "$out"
out=$(cd "$out" && pwd)

# --- data ----------------------------------------------------------------------------------------

fetch() { # URL FILE
  if command -v curl >/dev/null; then
    curl -fL --retry 3 -o "$2" "$1"
  elif command -v wget >/dev/null; then
    wget -O "$2" "$1"
  else
    die "expected curl or wget to download $1, found neither; install one, or set SALTUS_DATA"
  fi
}

# verify FOLDER reads "md5  file" lines.
verify() { (cd "$1" && md5sum --check --quiet -) || die "$1: a downloaded file is damaged; delete it and start again"; }

fetch_mnist() {
  local file folder=data/mnist
  mkdir -p $folder
  for file in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
    file=$file-ubyte.gz
    [ -e $folder/$file ] || fetch "https://ossci-datasets.s3.amazonaws.com/mnist/$file" "$folder/$file"
  done
  verify $folder <<'MD5'
f68b3c2dcbeaaa9fbdd348bbdeb94873  train-images-idx3-ubyte.gz
d53e105ee54ea40749a09fcbcd1e9432  train-labels-idx1-ubyte.gz
9fb629c4189551a2d022fa330f9573f3  t10k-images-idx3-ubyte.gz
ec29112dd5afa0611ce80d1b7f02629c  t10k-labels-idx1-ubyte.gz
MD5
}

fetch_cifar10() {
  local folder=data/cifar10
  mkdir -p $folder
  if [ ! -e $folder/test_batch.bin ]; then
    fetch https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz data/cifar-10-binary.tar.gz
    tar -xzf data/cifar-10-binary.tar.gz -C $folder --strip-components=1
    rm data/cifar-10-binary.tar.gz
  fi
  verify $folder <<'MD5'
5dd7e06a14cb22eb9f671a540d1b7c25  data_batch_1.bin
5ea93a67294ea407fff1d09f752e9692  data_batch_2.bin
942cd6a4bcdd0dd3c604fbe906cb4421  data_batch_3.bin
ae636b3ba5c66a11e91e8cb52e771fcb  data_batch_4.bin
53f37980c15c3d472c316c40844f3f0d  data_batch_5.bin
803d5f7f4d78ea53de84dbe85f74fb6d  test_batch.bin
MD5
}

find_data() {
  if [ "$task" = cartpole ]; then
    note "a simulator: no data"
  elif [ -n "${SALTUS_DATA:-}" ]; then
    note "$SALTUS_DATA/$task"
  else
    "fetch_$task"
  fi
}

# --- the job -------------------------------------------------------------------------------------

# The first comment line of a configuration that starts with "# Time:".
say_time() { sed -n 's/^# Time: //p' "$config" | while read -r line; do note "expected: $line"; done; }

build_zoo() {
  local zoo_device=$device
  [ "$task" != cartpole ] || zoo_device=cpu
  build/saltus zoo build --config "$config" --device "$zoo_device" -o "$out/zoo"
}

train() { # SEED
  build/saltus train --config "$config" --device "$device" --zoo "$out/zoo" \
    -o "$out/seed-$1/generator" "training.seed=$1"
}

evaluate() { # SEED
  local folder=$out/seed-$1 critic=()
  [ ! -e "$folder/generator/critic.safetensors" ] || critic=(--critic "$folder/generator")
  build/saltus evaluate "$folder/generator" --config "$config" --device "$device" --zoo "$out/zoo" \
    -o "$folder" "${critic[@]}"
  build/saltus report "$folder/results.json" --zoo "$out/zoo" --training "$folder/generator" -o "$folder/report.html"
}

print_table() {
  local results=() seed
  for ((seed = 0; seed < seeds; ++seed)); do results+=("$out/seed-$seed/results.json"); done
  python3 scripts/results-table.py "${results[@]}" | tee "$out/table.md"
  [ "$seeds" -lt 2 ] || build/saltus report "${results[@]}" --zoo "$out/zoo" -o "$out/report.html"
}

cuda_libraries=()
[ "$device" = cpu ] || cuda_libraries=(--python)
must "set-up and build" scripts/setup.sh "${cuda_libraries[@]}"
must "data of $task" find_data
export SALTUS_DATA=${SALTUS_DATA:-$root/data}
say "$name, $budget budget, $seeds generator(s)"
say_time
must "zoo" build_zoo
for ((seed = 0; seed < seeds; ++seed)); do
  must "generator, seed $seed" train "$seed"
  must "evaluation, seed $seed" evaluate "$seed"
done
must "the result" print_table
print_stages
say "tables: $out/table.md; reports: $out/seed-*/report.html and, of several seeds, $out/report.html"
