#!/usr/bin/env bash
# completion.sh SALTUS: what bash offers after `saltus completion bash`, and that fish's script names the same.
set -euo pipefail
saltus=$1
export PATH=${saltus%/*}:$PATH
# shellcheck source=/dev/null
source <("$saltus" completion bash)

# offers WORDS... : the replies for a command line whose last word is being typed.
offers() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _saltus
  echo "${COMPREPLY[*]}"
}

expect() { # EXPECTED WORDS...
  local expected=$1 found
  shift
  found=$(offers "$@")
  if [ "$found" != "$expected" ]; then
    echo "after '$*': expected '$expected', found '$found'" >&2
    exit 1
  fi
}

expect "train" saltus tr
expect "build" saltus zoo bu
expect "--shard" saltus zoo build --sh
expect "training.steps=" saltus train --zoo zoo training.ste
expect "ddim ddpm dpm" saltus update generator --method ''
expect "" saltus train population.ru
fish=$("$saltus" completion fish) zsh=$("$saltus" completion zsh)
condition='__fish_seen_subcommand_from zoo; and __fish_seen_subcommand_from build'
[[ $fish == *"complete -c saltus -n '$condition' -l shard -d"* ]]
[[ $zsh == *bashcompinit*_saltus* ]]
if "$saltus" completion tcsh 2>/dev/null; then
  echo "a shell that is not known was taken" >&2
  exit 1
fi
echo "completion: bash, zsh, fish"
