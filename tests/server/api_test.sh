#!/bin/sh
# api_test.sh SALTUS: runs api_test.py where Python has jsonschema; 77 = skipped.
python=${SALTUS_PYTHON:-python3}
if ! "$python" -c 'import jsonschema' 2>/dev/null; then
  echo "skipped: $python has no jsonschema"
  exit 77
fi
exec "$python" "$(dirname "$0")/api_test.py" "$@"
