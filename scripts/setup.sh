#!/usr/bin/env bash
# Sets Saltus up in this folder: system packages, .venv with LibTorch, configure, build.
# The program ends at build/saltus. Run it again at any time: what is there already is kept.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
usage: scripts/setup.sh [--no-build] [--preset NAME] [--python] [--tests]

  --no-build     stop before configuring and building
  --preset NAME  CMake preset to configure and build (default: release, which is build/)
  --python       also make `import torch` work in .venv (the tests want it; 3 GB more where the
                 wheel is a CUDA one)
  --tests        also want what scripts/test.sh uses: clang-format, gcovr, shellcheck, an MPI, where there is Node
                 also Chromium, and in .venv what builds and tests the Python package

environment:
  SALTUS_JOBS        compilers at once (default: all cores, as memory allows)
  SALTUS_WERROR      ON: warnings are errors
  CMAKE_PREFIX_PATH  folders with your own LibTorch (holding include/ and lib/) or other libraries;
                     a LibTorch found there is used and none is installed
HELP
}

torch_version=2.13.0
# What libtorch_cpu.so of a CUDA wheel needs even where there is no GPU; pinned as that wheel pins it.
cuda_runtime=(nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85)

# What builds and tests python/, and tests the server's answers, and what they are called in it.
package_tools=(scikit-build-core pytest mypy nbformat nbclient ipykernel tqdm tensorboard jsonschema)
package_modules="scikit_build_core, pytest, mypy, nbformat, nbclient, ipykernel, tqdm, tensorboard, jsonschema"

build=yes preset=release python=no tests=no
while [ $# -gt 0 ]; do
  case $1 in
    --no-build) build=no ;;
    --preset) preset=${2:?--preset needs a name} && shift ;;
    --python) python=yes ;;
    --tests) tests=yes ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && die "unknown option '$1'" ;;
  esac
  shift
done
cd "$root"

# --- system packages -----------------------------------------------------------------------------

has_command() { command -v "$1" >/dev/null 2>&1; }
has_header() { has_command g++ && echo "#include <$1>" | g++ -std=c++20 -E -x c++ - >/dev/null 2>&1; }
has_python() { has_command python3 && python3 -c "$1" >/dev/null 2>&1; }
has_python_header() { has_python 'import os, sysconfig; assert os.path.exists(sysconfig.get_path("include") + "/Python.h")'; }
cmake_is_new() { has_command cmake && cmake --version | awk 'NR == 1 {
  split($3, v, "."); exit !(v[1] > 3 || (v[1] == 3 && v[2] >= 22)) }'; }

# Prints "APT-PACKAGE|what it is" for everything that is missing.
missing_packages() {
  want() { # want APT-PACKAGE DESCRIPTION TEST...
    local package=$1 what=$2
    shift 2
    "$@" || echo "$package|$what"
  }
  want g++ "g++ with C++20 (11 or newer)" has_header concepts
  want cmake "CMake 3.22 or newer" cmake_is_new
  want ninja-build "Ninja" has_command ninja
  want pkg-config "pkg-config" has_command pkg-config
  want python3 "Python 3.10 or newer" has_python 'import sys; assert sys.version_info >= (3, 10)'
  want python3-venv "Python's venv module" has_python 'import ensurepip, venv'
  want libfmt-dev "{fmt}" has_header fmt/format.h
  want nlohmann-json3-dev "nlohmann/json" has_header nlohmann/json.hpp
  want libyaml-cpp-dev "yaml-cpp" has_header yaml-cpp/yaml.h
  want libcpp-httplib-dev "cpp-httplib" has_header httplib.h
  want libcli11-dev "CLI11" has_header CLI/CLI.hpp
  want libxxhash-dev "xxHash" has_header xxhash.h
  want zlib1g-dev "zlib" has_header zlib.h
  want liblzma-dev "liblzma" has_header lzma.h
  want libgtest-dev "GoogleTest" has_header gtest/gtest.h
  want libbenchmark-dev "Google Benchmark" has_header benchmark/benchmark.h
  want ca-certificates "certificate authorities" test -d /etc/ssl
  if [ "$tests" = yes ]; then
    want ccache "ccache (optional)" has_command ccache
    want libopenmpi-dev "MPI, for several processes (optional)" has_command mpicc
    want python3-dev "headers of Python (optional)" has_python_header
    want openmpi-bin "mpirun (optional)" has_command mpirun
    want clang-format "clang-format (optional)" has_command clang-format
    want gcovr "gcovr (optional)" has_command gcovr
    want shellcheck "shellcheck (optional)" has_command shellcheck
    # Of no use without Node, whose newer versions no package of Debian brings.
    ! has_command npm || want chromium "Chromium, in which the pages are tested (optional)" has_command chromium
  fi
}

# Runs a command as root; fails where that is impossible.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif has_command sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    sudo "$@"
  else
    return 1
  fi
}

# Of the packages those that this system has: one unknown name would keep all others out.
apt_install() {
  as_root apt-get update -qq || return
  local package known=()
  for package in "$@"; do
    if apt-cache show "$package" >/dev/null 2>&1; then known+=("$package"); fi
  done
  [ ${#known[@]} -gt 0 ] || return
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${known[@]}" >/dev/null
}

install_packages() {
  local missing packages
  missing=$(missing_packages)
  if [ -z "$missing" ]; then
    note "all there"
    return
  fi
  mapfile -t packages < <(cut -d'|' -f1 <<<"$missing")
  note "missing: ${packages[*]}"
  if has_command apt-get; then
    apt_install "${packages[@]}" || note "apt-get did not install them (see above)"
  fi
  missing=$(missing_packages)
  if grep -qv '(optional)$' <<<"$missing" && [ -n "$missing" ]; then
    printf 'Please install these and run this script again (package names of Debian and Ubuntu in front):\n' >&2
    awk -F'|' '{ printf "  %-20s %s\n", $1, $2 }' <<<"$missing" >&2
    exit 1
  fi
}

# --- .venv with LibTorch -------------------------------------------------------------------------

venv_python=.venv/bin/python

pip_install() { "$venv_python" -m pip install --quiet --disable-pip-version-check "$@"; }

# The folder of the installed torch package, found without importing it.
torch_folder() {
  "$venv_python" -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])'
}

installed_torch() {
  "$venv_python" -c 'import importlib.metadata as m; print(m.version("torch"))' 2>/dev/null || true
}

own_libtorch() {
  local folder
  while read -r -d: folder; do
    if [ -e "$folder/include/torch/csrc/api/include/torch/torch.h" ]; then
      echo "$folder"
      return
    fi
  done <<<"${CMAKE_PREFIX_PATH:-}:"
}

torch_misses_libraries() {
  missing_libraries=$(ldd "$(torch_folder)/lib/libtorch_cpu.so" | awk '/not found/ { print $1 }' | xargs)
  [ -n "$missing_libraries" ]
}

make_venv() {
  if ! "$venv_python" -c '' 2>/dev/null; then
    note "creating .venv"
    python3 -m venv --clear .venv
  fi
  "$venv_python" -c 'import numpy, safetensors' 2>/dev/null || pip_install numpy safetensors

  local own
  own=$(own_libtorch)
  if [ -n "$own" ]; then
    note "using your own LibTorch in $own"
  else
    # "+cpu" and the like stay in the version of a CPU-only wheel; either will do.
    if [[ "$(installed_torch)" != "$torch_version"* ]]; then
      note "installing torch $torch_version (the library alone)"
      pip_install --no-deps "torch==$torch_version"
    fi
    if torch_misses_libraries; then
      note "it is a CUDA wheel: adding the CUDA runtime it links (4 MB)"
      pip_install --no-deps "${cuda_runtime[@]}"
    fi
    if torch_misses_libraries; then
      die "LibTorch lacks libraries it links: $missing_libraries; try scripts/setup.sh --python, or your own LibTorch through CMAKE_PREFIX_PATH"
    fi
  fi
  if [ "$python" = yes ] && ! "$venv_python" -c 'import torch' 2>/dev/null; then
    note "installing what 'import torch' needs"
    pip_install "torch==$torch_version"
    "$venv_python" -c 'import torch'
  fi
  # The tests of the package are skipped without them.
  if [ "$tests" = yes ] && [ "$python" = yes ] && ! "$venv_python" -c "import $package_modules" 2>/dev/null; then
    note "installing what builds and tests the Python package"
    pip_install "${package_tools[@]}" || note "pip did not install it (see above)"
  fi
  note "torch $(installed_torch), $("$venv_python" --version)"
}

# --- configure and build -------------------------------------------------------------------------

configure_and_build() {
  local options=("-DSALTUS_WERROR=${SALTUS_WERROR:-OFF}")
  [ -z "${CMAKE_PREFIX_PATH:-}" ] || options+=("-DCMAKE_PREFIX_PATH=${CMAKE_PREFIX_PATH//:/;}")
  cmake --preset "$preset" "${options[@]}" --log-level=WARNING
  cmake --build --preset "$preset" --parallel "$(jobs)"
}

must "system packages" install_packages
must "Python environment .venv with LibTorch" make_venv
if [ "$build" = yes ]; then
  must "configure and build (preset $preset, $(jobs) at once)" configure_and_build
fi
print_stages
