#!/bin/sh
# install.sh BUILD SOURCE GENERATOR: what `cmake --install` leaves runs, and a program of somebody
# else's finds, links and uses the library.
set -eu
build=$1 source=$2 generator=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cmake --install "$build" --prefix "$folder/installed" >"$folder/install.log" || { cat "$folder/install.log" && exit 1; }
"$folder/installed/bin/saltus" version
"$folder/installed/bin/saltus" update "$generator" --from init:seed=3 --prompt return=40 -o "$folder/out"
test -e "$folder/installed/share/bash-completion/completions/saltus"
cmake -S "$source/examples/update_network" -B "$folder/example" -G Ninja -DCMAKE_PREFIX_PATH="$folder/installed"
cmake --build "$folder/example"
"$folder/example/update_network" "$generator/generator.safetensors" 40 | tee "$folder/printed"
grep -q '^return [0-9.]* -> [0-9.]*$' "$folder/printed"
if "$folder/example/update_network" "$folder/printed" 40; then
  echo "a file that is no generator was taken" >&2
  exit 1
fi
