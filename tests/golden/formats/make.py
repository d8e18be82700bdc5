"""Writes the fixtures of this folder with the tools whose formats they are: torch, numpy.

  python3 tests/golden/formats/make.py

table.parquet is what formats/parquet_writer_test.cc writes; here it is only read, with pyarrow.

Every tensor holds (i * 7 % 32) / 8 - 2 for its elements i = 0, 1, ... in row-major order, a number
that all float types hold exactly.
"""

import pathlib

import numpy
import torch

folder = pathlib.Path(__file__).parent


def values(*shape):
    count = int(numpy.prod(shape, dtype=int))
    return torch.tensor([i * 7 % 32 / 8 - 2 for i in range(count)], dtype=torch.float64).reshape(shape)


def state():
    whole = values(5, 4).float()
    strided = torch.empty(4, 3).t()  # column-major
    strided.copy_(values(3, 4))
    shared = torch.zeros(40)
    shared[10:22] = values(12).float()
    return {
        "module.f32": values(3, 4).float(),
        "module.f64": values(2, 3),
        "module.f16": values(5).half(),
        "module.bf16": values(5).bfloat16(),
        "module.scalar": values(1).float()[0],
        "module.strided": strided,
        "module.view": shared[10:22].view(3, 4),
        "module.rows": whole[::1],
        "module.parameter": torch.nn.Parameter(values(2, 2).float()),
        "module.counter": torch.tensor(3),
    }


def main():
    torch.save(state(), folder / "plain.pt")
    checkpoint = {"epoch": 7, "metrics": {"loss": 0.25, "note": "text"}, "best": numpy.float64(0.5),
                  "model_state_dict": state(), "shape": torch.Size([2, 3]), "device": torch.device("cpu"),
                  "optimizer": {"state": {0: {"exp_avg": values(3, 4).float()}}, "param_groups": [{"lr": 0.1}]}}
    torch.save(checkpoint, folder / "nested.pt")
    torch.save(state(), folder / "protocol4.pt", pickle_protocol=4)
    torch.save(state(), folder / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), folder / "script.pt")

    class Bomb:
        def __reduce__(self):
            import os
            return os.system, ("touch saltus-was-here",)

    torch.save({"weight": torch.zeros(2), "bomb": Bomb()}, folder / "system.pt")
    arrays = {"a": values(3, 4).float().numpy(), "b": values(2, 3).numpy(), "c": values(5).half().numpy(),
              "f": numpy.asfortranarray(values(3, 4).float().numpy()), "loss": numpy.float64(0.25)}
    numpy.savez(folder / "stored.npz", **arrays)
    numpy.savez_compressed(folder / "deflated.npz", **arrays)
    numpy.save(folder / "array.npy", values(2, 3, 4).half().numpy())
    from pyarrow import parquet
    assert parquet.read_table(folder / "table.parquet").to_pydict() == {
        "file": ["run0/a", "run1/b\n", ""], "run": [0, -1, 1 << 40],
        "loss": [0.5, float(numpy.float32(-1e-8)), 2.25]}
    numpy.save(folder / "objects.npy", numpy.array([{"a": 1}], dtype=object), allow_pickle=True)


main()
