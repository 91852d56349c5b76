#!/usr/bin/env bash
# The parts of `make setup` that need decisions. Usage: infra/setup.sh python|node|browser|cloud|contract
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "setup: $1" >&2; exit 1; }

# A Python counts only if it really starts: version managers leave shims that refuse.
find_python() {
  local name candidate
  for name in python3.13 python3.12 python3.11; do
    for candidate in "$(command -v "$name" || true)" "$HOME"/.pyenv/versions/"${name#python}"*/bin/"$name" /usr/local/bin/"$name" /opt/homebrew/bin/"$name"; do
      if [ -x "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "$candidate"
        return
      fi
    done
  done
  fail "Python 3.11, 3.12 or 3.13 is needed and none was found that runs. On Debian: apt-get install python3 python3-venv"
}

setup_python() {
  local python
  python=$(find_python)
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python cannot make virtual environments. On Debian: apt-get install python3-venv"
  echo "setup: Python packages with $("$python" --version), a minute or so ..."
  rm -rf .venv
  "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
}

setup_node() {
  command -v node >/dev/null || fail "Node.js 20 or newer is needed and was not found. On Debian: apt-get install nodejs npm"
  command -v npm >/dev/null || fail "npm is needed and was not found. On Debian: apt-get install npm"
  [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] ||
    fail "Node.js 20 or newer is needed; this is $(node --version)"
  echo "setup: npm packages ..."
  npm ci --silent
}

# Tests use an installed Chromium; else Debian's where we may install it; else Playwright's own.
setup_browser() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null; then
      command -v "$name" > .venv/browser
      return
    fi
  done
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: Chromium from Debian ..."
    apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
    command -v chromium > .venv/browser
    return
  fi
  echo "setup: Chromium from Playwright ..."
  .venv/bin/python -m playwright install chromium ||
    fail "no Chromium could be installed; install one (Debian: apt-get install chromium) and run again"
  : > .venv/browser
}

# Schemathesis brings a web framework and a JSON Schema of its own.
setup_contract() {
  rm -rf .venv-contract
  .venv/bin/python -m venv .venv-contract
  .venv-contract/bin/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes \
    -r tests/contract/requirements.txt
}

# The local cloud pins botocore, so it has an environment of its own; it runs the functions with its
# own interpreter, so that has to be the one they were packaged for.
setup_cloud() {
  rm -rf .venv-cloud
  .venv/bin/python -m venv .venv-cloud
  .venv-cloud/bin/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes \
    -r tests/infra/cloud/requirements.txt
}

case "${1:-}" in
  python) setup_python ;;
  node) setup_node ;;
  browser) setup_browser ;;
  cloud) setup_cloud ;;
  contract) setup_contract ;;
  *) fail "usage: infra/setup.sh python|node|browser|cloud|contract" ;;
esac
