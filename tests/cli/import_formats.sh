#!/bin/sh
# import_formats.sh SALTUS: runs import_formats.py where Python has what it needs; 77 = skipped.
python=${SALTUS_PYTHON:-python3}
if ! "$python" -c 'import torch, safetensors, numpy' 2>/dev/null; then
  echo "skipped: $python has no torch, safetensors and numpy"
  exit 77
fi
exec "$python" "$(dirname "$0")/import_formats.py" "$@"
