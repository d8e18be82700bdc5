"""A set of images small enough to be made on the spot, in the IDX format."""

import pathlib
import struct


def write_small_images(folder, training=240, test=60, rows=8, columns=6, classes=5):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, count in (("train", training), ("t10k", test)):
        pixels = bytearray()
        for i in range(count):
            for p in range(rows * columns):
                bright = 128 if p * classes // (rows * columns) == i % classes else 0
                pixels.append(bright + (i * 31 + p * 17) % 127)
        header = struct.pack(">4I", 2051, count, rows, columns)
        (folder / f"{name}-images-idx3-ubyte").write_bytes(header + bytes(pixels))
        labels = bytes(i % classes for i in range(count))
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 2049, count) + labels)
