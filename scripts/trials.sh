# Shared by the scripts that compare generators in equal training time: expects $saltus, $config and
# $training_seconds, and the arrays `everywhere` and `evaluation`: overrides of every training and of
# every evaluation.
# shellcheck shell=bash disable=SC2154

complete() { python3 -c 'import json, sys; sys.exit(not json.load(open(sys.argv[1]))["complete"])' "$1" 2>/dev/null; }

# Steps in $training_seconds, from a training of 60; what a critic took comes off.
steps_of_pace() { # TRAINING.JSON
  python3 - "$1" "$training_seconds" <<'PYTHON'
import json
import sys

pace = json.load(open(sys.argv[1]))
left = float(sys.argv[2]) - pace["critic_seconds"]
steps = int(left * pace["steps"] / pace["seconds"])
if steps < 1:
    sys.exit(f"error: {sys.argv[2]} seconds: no time left to train in; allow more")
print(steps)
PYTHON
}

# Trains for $training_seconds, at the pace measured just before, and evaluates, in FOLDER. Started again, it
# goes on with the number of steps it began with.
timed_trial() { # FOLDER ZOO OVERRIDES...
  local folder=$1 zoo=$2 steps
  set -- "${everywhere[@]}" "${@:3}"
  if complete "$folder/results.json"; then
    note "already there: $folder/results.json"
    return
  fi
  mkdir -p "$folder"
  if [ ! -e "$folder/steps" ]; then
    "$saltus" train --config "$config" --zoo "$zoo" -o "$folder/pace" "$@" training.steps=60 training.fresh_pool=64
    steps_of_pace "$folder/pace/training.json" >"$folder/steps.tmp"
    mv "$folder/steps.tmp" "$folder/steps"
  fi
  steps=$(cat "$folder/steps")
  "$saltus" train --config "$config" --zoo "$zoo" -o "$folder/generator" "$@" "training.steps=$steps"
  "$saltus" evaluate "$folder/generator" --config "$config" --zoo "$zoo" -o "$folder" "${evaluation[@]}"
}

# Keeps what a study compares, so that one folder never holds parts of two.
claim_folder() { # FOLDER ZOO [WHAT ELSE]
  local study
  study="zoo $(realpath "$2"), config $(md5sum <"$config")${3:+, $3}${everywhere[*]:+, ${everywhere[*]}}, $training_seconds seconds"
  mkdir -p "$1"
  [ ! -e "$1/study.txt" ] || [ "$(cat "$1/study.txt")" = "$study" ] ||
    die "$1 holds another study ($(cat "$1/study.txt")); choose another --out"
  echo "$study" >"$1/study.txt"
}
