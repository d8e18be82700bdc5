"""Files that other tools write are imported bit for bit, and what is exported opens in them.

A network that appears nowhere in saltus is saved by torch, safetensors, numpy and lmdb in the ways
people save it; then a generator is trained on it and an update loaded back.
"""

import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

try:
    import lmdb
except ImportError:
    lmdb = None
try:
    from pyarrow import parquet
except ImportError:
    parquet = None

SALTUS = sys.argv[1]
RUNS, STEPS = 24, 4


class Gated(torch.nn.Module):
    """Two branches that multiply: no sequential network."""

    def __init__(self):
        super().__init__()
        self.left, self.right = torch.nn.Linear(3, 6), torch.nn.Linear(3, 6)
        self.norm = torch.nn.BatchNorm1d(6)  # with a counter, an integer
        self.out = torch.nn.Linear(6, 2, bias=False)

    def forward(self, x):
        return self.out(self.norm(self.left(x) * self.right(x).sigmoid()))


def saltus(*arguments, fails=False):
    result = subprocess.run([SALTUS, *map(str, arguments)], capture_output=True, text=True)
    assert (result.returncode != 0) == fails, result.stdout + result.stderr
    return result.stdout + result.stderr


def network(run, step, dtype=torch.float32):
    torch.manual_seed(100 * run + step)
    net = Gated()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter += 0.05 * step
    return collections.OrderedDict(
        (k, v.to(dtype) if v.is_floating_point() else v) for k, v in net.state_dict().items())


def loss(run, step):
    return round(2.0 - 0.4 * step + 0.01 * run, 3)


def flat(state):
    return torch.cat([v.float().flatten() for v in state.values() if v.is_floating_point()])


def imported(zoo):
    """{(run, iteration): (parameters, metrics)} by the six lines of docs/zoo-format.md."""
    found = {}
    names = json.loads((zoo / "import.json").read_text())["runs"]
    for file in sorted((zoo / "shards").glob("*.safetensors")):
        with safe_open(file, "pt") as shard:
            ids, steps = shard.get_tensor("run"), shard.get_tensor("iteration")
            theta, metrics = shard.get_tensor("parameters"), shard.get_tensor("metrics")
        for r, run in enumerate(ids):
            for c, step in enumerate(steps[r]):
                found[names[run], int(step)] = theta[r, c], metrics[r, c]
    return found


def same_bits(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and torch.equal(
        a.contiguous().view(torch.int32), b.contiguous().view(torch.int32))


def by_name(state):
    """In the order in which safetensors writes tensors of one type."""
    return {k: state[k] for k in sorted(state)}


def expect_imported(zoo, dtype=torch.float32, runs=RUNS, order=dict):
    found = imported(zoo)
    assert len(found) == runs * STEPS, len(found)
    for (run, step), (theta, metrics) in found.items():
        expected = flat(order(network(int(run), step, dtype)))
        assert same_bits(theta, expected), (run, step, (theta - expected).abs().max())
        assert metrics[0] == torch.tensor(loss(int(run), step)), (run, step)
    assert "sound" in saltus("zoo", "verify", zoo)


def each():
    return [(run, step) for run in range(RUNS) for step in range(STEPS)]


def torch_files(folder):
    pattern = "run{run}/step{iteration}_loss{loss}.pt"
    for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
        root = folder / str(dtype)
        for run, step in each():
            state = network(run, step, dtype)
            if run % 4 == 1:  # as DataParallel names it, inside a training checkpoint
                state = {"epoch": step, "model_state_dict": {"module." + k: v for k, v in state.items()},
                         "optimizer_state_dict": torch.optim.Adam(Gated().parameters()).state_dict()}
            if run % 4 == 2:  # columns first, and views of one storage
                storage = torch.cat([v.float().flatten() for v in state.values()]).to(dtype)
                place, views = 0, {}
                for k, v in state.items():
                    views[k] = storage[place:place + v.numel()].view(v.shape) if v.is_floating_point() else v
                    place += v.numel()
                views["out.weight"] = state["out.weight"].t().contiguous().t()
                state = views
            path = root / f"run{run}" / f"step{step}_loss{loss(run, step)}.pt"
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.save(state, path, pickle_protocol=4 if run % 4 == 3 else 2)
        text = saltus("zoo", "import", root, "-o", folder / f"zoo-{dtype}", "--pattern", pattern, "--yes")
        assert "norm.num_batches_tracked" not in text, text
        expect_imported(folder / f"zoo-{dtype}", dtype)
        print(f"torch.save, {dtype}: every bit")
    return folder / "zoo-torch.float32"


def safetensors_files(folder):
    root = folder / "safetensors"
    for run, step in each():
        path = root / str(run) / f"model-{step}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(network(run, step), path, {"loss": str(loss(run, step))})
    saltus("zoo", "import", root, "-o", folder / "zoo-safetensors", "--yes")  # all by default
    expect_imported(folder / "zoo-safetensors", order=by_name)
    print("safetensors, metrics in the files: every bit")


def numpy_files(folder):
    root = folder / "npz"
    root.mkdir()
    for run, step in each():
        save = numpy.savez_compressed if run % 2 else numpy.savez
        save(root / f"{run}_{step}.npz", **{k: numpy.asfortranarray(v) for k, v in network(run, step).items()})
    (folder / "loss.jsonl").write_text("".join(
        json.dumps({"run": run, "iteration": step, "loss": loss(run, step)}) + "\n" for run, step in each()))
    saltus("zoo", "import", root, "-o", folder / "zoo-npz", "--pattern", "{run}_{iteration}.npz",
           "--table", folder / "loss.jsonl", "--yes")
    expect_imported(folder / "zoo-npz")
    found = imported(folder / "zoo-npz")
    print("npz, stored and compressed: every bit")

    names = [k for k, v in network(0, 0).items() if v.is_floating_point()]
    stacked = {k: numpy.stack([[network(run, step)[k].numpy() for step in range(STEPS)]
                               for run in range(RUNS)]) for k in names}
    metric = numpy.array([[loss(run, step) for step in range(STEPS)] for run in range(RUNS)])
    numpy.savez(folder / "stacked.npz", loss=metric, **stacked)
    saltus("zoo", "import", folder / "stacked.npz", "-o", folder / "zoo-stacked", "--yes")
    other = imported(folder / "zoo-stacked")
    assert all(same_bits(other[key][0], found[key][0]) for key in found) and len(other) == len(found)

    halves = numpy.stack([[flat(network(run, step)).numpy() for step in range(STEPS)]
                          for run in range(RUNS)]).astype(numpy.float16)
    memory = numpy.memmap(folder / "mem.dat", numpy.float16, "w+", shape=halves.shape)
    memory[:] = halves
    memory.flush()
    torch.save(network(0, 0), folder / "like.pt")
    saltus("zoo", "import", folder / "mem.dat", "-o", folder / "zoo-memmap", "--yes", "--like",
           folder / "like.pt", "--table", folder / "loss.jsonl", "--shape", ",".join(map(str, halves.shape)))
    found = imported(folder / "zoo-memmap")
    assert len(found) == RUNS * STEPS
    for (run, step), (theta, _) in found.items():
        assert same_bits(theta, torch.from_numpy(halves[int(run), step].astype(numpy.float32)))
    print("stacked npz, numpy.memmap of float16: every bit")


def lmdb_sets(folder):
    if lmdb is None:
        print("SKIPPED: Python has no lmdb; the sets in tests/golden are read all the same")
        return
    for run in range(RUNS):
        name = f"{run:06}"
        (folder / "lmdb" / name).mkdir(parents=True)
        environment = lmdb.open(str(folder / "lmdb" / name), map_size=1 << 24)
        metrics = {}
        with environment.begin(write=True) as transaction:
            for step in range(STEPS):
                key = f"{name}/it{step:05}.pt"
                state = network(run, step)
                sizes = numpy.array([v.numel() for v in state.values() if v.is_floating_point()], numpy.float32)
                transaction.put(key.encode(), flat(state).numpy().tobytes())
                transaction.put((key + "_arch").encode(), sizes.tobytes())
                metrics[key] = {"loss": loss(run, step)}
            for i in range(300):  # a tree of more than one level
                transaction.put(f"other/{i:04}".encode(), bytes(200))
        environment.close()
        (folder / "lmdb" / name / "runs.json").write_text(json.dumps({"checkpoints": metrics, "metadata": {}}))
    saltus("zoo", "import", folder / "lmdb", "-o", folder / "zoo-lmdb", "--yes")
    expect_imported(folder / "zoo-lmdb")
    print("lmdb: every bit")


class Harm:
    def __reduce__(self):
        return exec, ("open('harm', 'w')",)


def bad_files(folder):
    root = folder / "bad"
    for run, step in each():
        path = root / f"{run}" / f"step{step}_loss{loss(run, step)}.pt"
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(network(run, step) | ({"harm": Harm()} if (run, step) == (3, 2) else {}), path)
    text = saltus("zoo", "import", root, "-o", folder / "zoo-bad", "--pattern",
                  "{run}/step{iteration}_loss{loss}.pt", "--yes")
    assert "1 dropped" in text and "builtins.exec" in text or "__builtin__.exec" in text, text
    assert not pathlib.Path("harm").exists() and not (root / "harm").exists()
    expect_imported(folder / "zoo-bad", runs=RUNS - 1)
    print("a pickle that would run a program: refused by name, the other runs imported")


def exports(folder, zoo):
    loaders = {"pt": lambda f: torch.load(f, weights_only=True), "safetensors": load_file,
               "npz": lambda f: {k: torch.from_numpy(v) for k, v in numpy.load(f).items()}}
    saltus("zoo", "export", zoo, "-o", folder / "export-table", "--checkpoint", "last", "--table", "parquet")
    if parquet is None:
        print("SKIPPED: Python has no pyarrow to read the Parquet table with")
    else:
        table = parquet.read_table(folder / "export-table" / "metrics.parquet").to_pydict()
        assert table["run"] == list(range(RUNS)) and table["iteration"] == [STEPS - 1] * RUNS, table
        assert table["loss"] == [numpy.float32(loss(run, STEPS - 1)) for run in range(RUNS)], table
        assert table["file"][3] == f"run3/step{STEPS - 1}.safetensors", table
    for form, load in loaders.items():
        out = folder / f"export-{form}"
        saltus("zoo", "export", zoo, "-o", out, "--run", 5, "--format", form)
        for step in range(STEPS):
            state, expected = load(out / "run5" / f"step{step}.{form}"), network(5, step)
            Gated().load_state_dict(state)  # strict: the counter is made anew
            for name, tensor in state.items():
                assert same_bits(tensor, expected[name]), (form, name)
        print(f"export to {form}: opens, every bit")


def update(folder, zoo):
    torch.save(network(77, 0), folder / "mine.pt")
    text = saltus("train", "--zoo", zoo, "-o", folder / "generator", "training.steps=30", "training.batch=8",
                  "generator.width=16", "generator.layers=1")
    assert "weights and metrics alone" in text, text
    arguments = ["update", folder / "generator", "--from", folder / "mine.pt", "--prompt", "loss=0.5", "-o",
                 folder / "updated"]
    assert "--start" in saltus(*arguments, fails=True)
    saltus(*arguments, "--start", "loss=2", "--no-measure", "--format", "pt")
    updated = torch.load(folder / "updated" / "mine-0.pt", weights_only=True)
    Gated().load_state_dict(updated)
    assert any((updated[k] != v).any() for k, v in network(77, 0).items() if k in updated), "no update"
    print("an update of a network saltus does not know loads where it came from")


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        zoo = torch_files(folder)
        safetensors_files(folder)
        numpy_files(folder)
        lmdb_sets(folder)
        bad_files(folder)
        exports(folder, zoo)
        update(folder, zoo)


main()
