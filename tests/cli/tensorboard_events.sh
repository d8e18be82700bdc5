#!/bin/sh
# tensorboard_events.sh GENERATOR_FOLDER: runs tensorboard_events.py where there is a TensorBoard; 77 = skipped.
python=${SALTUS_PYTHON:-python3}
if ! "$python" -c 'import tensorboard' 2>/dev/null; then
  echo "skipped: $python has no tensorboard"
  exit 77
fi
exec "$python" "$(dirname "$0")/tensorboard_events.py" "$@"
