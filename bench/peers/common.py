"""What the peers of `saltus bench` share: arguments, data, and the line of JSON they end with."""

import argparse
import contextlib
import gzip
import json
import lzma
import math
import os
import pathlib
import time

import torch

HAS_BFLOAT16 = " avx512_bf16" in pathlib.Path("/proc/cpuinfo").read_text()


def arguments(description, variants):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--variant", choices=variants, required=True)
    parser.add_argument("--threads", type=int, default=0, help="of PyTorch; 0: as it likes")
    parser.add_argument("--brief", action="store_true", help="less work, for rough figures")
    args = parser.parse_args()
    if args.threads > 0:
        torch.set_num_threads(args.threads)
    return args


def bfloat16_autocast(enabled=True):
    """bfloat16 products, unless the CPU has none: imitated, they take many times as long as float32."""
    return torch.autocast("cpu", torch.bfloat16, enabled=enabled and HAS_BFLOAT16)


def finish(work, seconds, score):
    """Ends the peer: its last line is what `saltus bench` reads."""
    print(json.dumps({"work": float(work), "seconds": seconds, "score": float(score)}))


class Stopwatch:
    """Adds up the seconds spent inside `with` blocks."""

    def __init__(self):
        self.seconds = 0.0

    @contextlib.contextmanager
    def running(self):
        begin = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - begin


def cosine_rate(step, steps, peak, warmup=200):
    if step < warmup:
        return peak * (step + 1) / warmup
    return 0.5 * peak * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def checkpoint_steps(steps, count):
    """`count` steps up to `steps`, evenly in the logarithm."""
    return {round((steps + 1) ** (i / (count - 1))) - 1 for i in range(count)}


def data_folder(task):
    root = os.environ.get("SALTUS_DATA")
    if not root:
        raise SystemExit("error: set SALTUS_DATA to the folder that holds mnist/ and cifar10/")
    return pathlib.Path(root) / task


def _read(folder, name):
    for suffix, opener in (("", open), (".gz", gzip.open), (".xz", lzma.open)):
        path = folder / (name + suffix)
        if path.exists():
            with opener(path, "rb") as file:
                return bytearray(file.read())
    raise SystemExit(f"error: expected {folder / name}, .gz or .xz; found none")


def mnist():
    """(training images [55000, 784], labels, validation images, labels), as Saltus normalises."""
    folder = data_folder("mnist")
    pixels = torch.frombuffer(_read(folder, "train-images-idx3-ubyte"), dtype=torch.uint8, offset=16)
    labels = torch.frombuffer(_read(folder, "train-labels-idx1-ubyte"), dtype=torch.uint8, offset=8)
    images = (pixels.view(-1, 784).float() / 255 - 0.1307) / 0.3081
    return images[:55000], labels[:55000].long(), images[55000:], labels[55000:].long()


def cifar10():
    """(training images [45000, 3, 32, 32], labels, validation images, labels)."""
    folder = data_folder("cifar10")
    files = [_read(folder, f"data_batch_{i}.bin") for i in range(1, 6)]
    raw = torch.cat([torch.frombuffer(file, dtype=torch.uint8) for file in files]).view(-1, 3073)
    mean = torch.tensor([0.4914, 0.4822, 0.4465]).view(3, 1, 1)
    std = torch.tensor([0.2470, 0.2435, 0.2616]).view(3, 1, 1)
    images = (raw[:, 1:].reshape(-1, 3, 32, 32).float() / 255 - mean) / std
    labels = raw[:, 0].long()
    return images[:45000], labels[:45000], images[45000:], labels[45000:]
