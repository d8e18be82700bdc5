#!/bin/sh
# load_state_dict.sh SALTUS MODEL_FOLDER: runs load_state_dict.py where Python has torch; 77 = skipped.
python=${SALTUS_PYTHON:-python3}
if ! "$python" -c 'import torch, safetensors' 2>/dev/null; then
  echo "skipped: $python has no torch and safetensors"
  exit 77
fi
exec "$python" "$(dirname "$0")/load_state_dict.py" "$@"
