#!/usr/bin/env python3
"""Times saltus zoo import on many small .pt files against reading them once.

  .venv/bin/python scripts/import-speed.py [--files 50000] [--keep FOLDER]

Files are those of torch.save: state_dicts of an MLP of 1,002 parameters, 100 a run. `plain` opens, reads and
closes every file once, on one thread; `import` is the whole command, its start and the writing of the zoo
included. Cold: the files' pages were dropped before (posix_fadvise), as when a data set is first read; warm: they
are in the page cache. Prints one line of JSON.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import torch

root = pathlib.Path(__file__).resolve().parent.parent


def write_files(folder, files, steps=100):
    net = torch.nn.Sequential(torch.nn.Linear(20, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
    for run in range(files // steps):
        (folder / f"run{run}").mkdir(parents=True)
        torch.manual_seed(run)
        for layer in net[::2]:
            layer.reset_parameters()
        for step in range(steps):
            with torch.no_grad():
                for parameter in net.parameters():
                    parameter *= 0.999
            torch.save(net.state_dict(), folder / f"run{run}" / f"step{step}_loss{2.3 - 0.02 * step:.3f}.pt")


def read_all(paths):
    total = 0
    for path in paths:
        file = os.open(path, os.O_RDONLY)
        total += len(os.read(file, 1 << 20))
        os.close(file)
    return total


def drop(paths):
    for path in paths:
        file = os.open(path, os.O_RDONLY)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)


def seconds(action, before=lambda: None):
    before()
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


# A process of its own: a child of this one would be counted with the memory of torch before it starts.
MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    folder = arguments.keep or pathlib.Path(tempfile.mkdtemp())
    source, zoo = folder / "files", folder / "zoo"
    if not source.exists():
        write_files(source, arguments.files)
    paths = [entry.path for run in os.scandir(source) for entry in os.scandir(run)]
    os.sync()  # dirty pages cannot be dropped
    bytes_read = read_all(paths)

    peaks = []

    def run_import():
        shutil.rmtree(zoo, ignore_errors=True)
        command = [root / "build/saltus", "zoo", "import", source, "-o", zoo, "--yes", "--pattern",
                   "run{run}/step{iteration}_loss{loss}.pt"]
        out = subprocess.run([sys.executable, "-c", MEASURED, *command], check=True, capture_output=True).stdout
        peaks.append(int(out) / 1024)

    result = {"files": len(paths), "megabytes": round(bytes_read / 1e6, 1), "cores": os.cpu_count()}
    for state, before in (("cold", lambda: drop(paths)), ("warm", lambda: read_all(paths))):
        plain = [seconds(lambda: read_all(paths), before) for _ in range(arguments.repeat)]
        imports = [seconds(run_import, before) for _ in range(arguments.repeat)]
        result[state] = {"plain_seconds": [round(s, 2) for s in plain],
                         "import_seconds": [round(s, 2) for s in imports],
                         "share_of_plain_speed": round(statistics.median(plain) / statistics.median(imports), 2)}
    result["peak_megabytes"] = round(max(peaks))
    print(json.dumps(result))
    if not arguments.keep:
        shutil.rmtree(folder)


main()
