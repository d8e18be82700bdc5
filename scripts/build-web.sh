#!/usr/bin/env bash
# Builds the web pages (web/) into web/dist, which is committed: who builds Saltus needs no Node.
# shellcheck disable=SC2317  # stage runs the functions below
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
usage: scripts/build-web.sh [--check] [--test] [--browser]

  --check    builds aside and fails when web/dist differs from what its sources give
  --test     also runs the unit tests of web/src
  --browser  also drives the pages in a headless Chromium (SALTUS_CHROMIUM, default /usr/bin/chromium)
             against build/saltus

Needs Node 20 or newer with npm; packages are those of web/package-lock.json. Without npm, --check
says that it was skipped and succeeds.
HELP
}

check=no test=no browser=no
while [ $# -gt 0 ]; do
  case $1 in
    --check) check=yes ;;
    --test) test=yes ;;
    --browser) browser=yes ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && die "unknown option '$1'" ;;
  esac
  shift
done

if ! command -v npm >/dev/null; then
  [ "$check" = yes ] || die "npm is not installed; web/dist is committed, so only changes of web/src need it"
  note "skipped: web pages (npm is not installed)"
  exit 0
fi
cd "$root/web"

# Lies beside the packages once they are those of the lock file.
installed=node_modules/.lock-installed
install_packages() {
  if cmp -s package-lock.json "$installed"; then
    note "all there"
    return
  fi
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cp package-lock.json "$installed"
}

check_types() { node_modules/.bin/tsc -p .; }
check_format() { node_modules/.bin/prettier --check --log-level warn "src/**/*.{ts,css}" "tests/*.mjs" build.mjs; }
build() { node build.mjs; }

check_dist() {
  local aside
  aside=$(mktemp -d)
  # shellcheck disable=SC2064  # the name as it is now
  trap "rm -rf '$aside'" EXIT
  node build.mjs "$aside"
  diff -rq dist "$aside" || die "web/dist is not what web/src gives: run scripts/build-web.sh and commit it"
}

must "web: packages" install_packages
must "web: types" check_types
[ "$check" = no ] || must "web: format" check_format
if [ "$check" = yes ]; then must "web: dist is what the sources give" check_dist; else must "web: build" build; fi
[ "$test" = no ] || must "web: unit tests" node tests/unit.mjs
[ "$browser" = no ] || must "web: pages in a browser" node --test tests/*.test.mjs
