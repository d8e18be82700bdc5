#!/usr/bin/env bash
# Makes packages of the programs, with the LibTorch they need: dist/saltus-VERSION-Linux.tar.gz and .deb.
# shellcheck disable=SC2317  # stage runs the functions below
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
usage: scripts/package.sh [tgz] [deb]

Builds in build-package/ and leaves in dist/ a tarball (unpack it anywhere; bin/saltus runs) and a
package for Debian and Ubuntu; one of the two when it is named. LibTorch's CPU part comes along, so
a package is some 150 MB, and computes on CPUs. The environment is that of scripts/setup.sh.
HELP
}

generators=()
for argument in "$@"; do
  case $argument in
    tgz | deb) generators+=("${argument^^}") ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && die "expected tgz or deb, found '$argument'" ;;
  esac
done
[ ${#generators[@]} -gt 0 ] || generators=(TGZ DEB)
cd "$root"

build() {
  local options=(-DSALTUS_BUNDLE_TORCH=ON -DSALTUS_TESTS=OFF -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr)
  [ -z "${CMAKE_PREFIX_PATH:-}" ] || options+=("-DCMAKE_PREFIX_PATH=${CMAKE_PREFIX_PATH//:/;}")
  cmake -S . -B build-package -G Ninja --log-level=WARNING "${options[@]}"
  cmake --build build-package --parallel "$(jobs)"
}

pack() {
  local generator
  for generator in "${generators[@]}"; do
    cpack --config build-package/CPackConfig.cmake -G "$generator" -B dist
  done
  rm -rf dist/_CPack_Packages
}

must "set-up" scripts/setup.sh --no-build
must "build" build
must "package" pack
print_stages
ls -lh dist
