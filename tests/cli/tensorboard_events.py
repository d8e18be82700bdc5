"""TensorBoard reads from a training's event file what its JSON lines say."""

import json
import pathlib
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def as_float32(number):
    return struct.unpack("f", struct.pack("f", number))[0]


def main():
    folder = pathlib.Path(sys.argv[1])
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert lines, "no validation"
    assert len(list(folder.glob("events.out.tfevents.*"))) == 1, "files of earlier calls are left"
    events = EventAccumulator(str(folder))
    events.Reload()
    tags = set(events.Tags()["scalars"])
    expected = {"train/loss": "train_loss", "validation/loss": "validation_loss",
                "training/learning_rate": "learning_rate",
                "sample/return": "sample_return"}
    assert tags >= set(expected), tags
    for tag, key in expected.items():
        read = [(e.step, e.value) for e in events.Scalars(tag)]
        assert read == [(line["step"], as_float32(line[key])) for line in lines], (tag, read)
    times = [e.wall_time for e in events.Scalars("train/loss")]
    assert times == sorted(times) and times[0] > 1.6e9, times
    print(f"{len(lines)} validations, {len(tags)} curves")


main()
