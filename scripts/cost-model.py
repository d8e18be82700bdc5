#!/usr/bin/env python3
"""What the paper's full scale costs: time, memory and traffic of zoos and generators, as Markdown.

  scripts/cost-model.py [--gpu-tflops 400] [--node-gbs 300] [--link-gbs 50] [--host-gbs 10] [--check]

  --gpu-tflops  products a GPU sustains in training, bfloat16 (default 400: 40 % of an H100's peak)
  --node-gbs    GB a GPU sends a second in an all-reduce of the 8 in one machine (default 300: NVLink)
  --link-gbs    the same between machines (default 50: one port of 400 Gbit/s a GPU)
  --host-gbs    the same by way of the CPU's memory and MPI, as saltus does it now (default 10)
  --check       instead: the same formulas against what docs/performance.md and docs/results.md measured

Formulas. A transformer of L layers and width C over T tokens costs 2 (12 L C^2) T + 4 L T^2 C operations a
sample forward, three times that to train. It has 12 L C^2 weights, and 3 P C more for cutting P parameters
into tokens (noised and start) and back. An all-reduce of W weights over n sends 2 (n - 1) / n 4 W bytes from each.
"""

import argparse

# The reference's published training configurations and data sets (its repository's configs/train, README).
MODELS = {
    "MNIST": {"width": 1536, "layers": 12, "tokens": 26, "parameters": 7960, "batch": 1024, "samples": 2000 * 100_800,
              "runs": 10_728},
    "CIFAR-10": {"width": 2048, "layers": 12, "tokens": 30, "parameters": 5370, "batch": 550, "samples": 15_000 * 100_800,
                 "runs": 56_840},
    "cart-pole": {"width": 1536, "layers": 12, "tokens": 18, "parameters": 1282, "batch": 8192, "samples": 2000 * 806_400,
                  "runs": 50_026},
}
CHECKPOINTS = 200
# What docs/results.md and docs/performance.md measured: seconds a run, and on what; pairs from the page cache.
BUILT = {"MNIST": (0.25, "2 cores"), "CIFAR-10": (153 / 400, "an H200, 12 epochs"), "cart-pole": (1 / 8.1, "2 cores")}
READ_GBS = 13.1


def operations(width, layers, tokens):
    """Of training on one sample."""
    return 3 * (2 * 12 * layers * width**2 * tokens + 4 * layers * tokens**2 * width)


def weights(width, layers, parameters):
    return 12 * layers * width**2 + 3 * parameters * width


def all_reduce_seconds(count, processes, bandwidth):
    return 2 * (processes - 1) / processes * 4 * count / bandwidth


def step_seconds(model, gpus, options, bandwidth):
    """(compute, all-reduce) of one step."""
    work = operations(model["width"], model["layers"], model["tokens"]) * model["batch"]
    count = weights(model["width"], model["layers"], model["parameters"])
    return work / gpus / (options.gpu_tflops * 1e12), all_reduce_seconds(count, gpus, bandwidth)


def duration(seconds):
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"


def print_generators(options):
    print("| generator | weights | operations | " + " | ".join(
        f"{n} GPU{'s' * (n > 1)}" for n in (1, 8, 64)) + " | 64, through the CPU's memory |")
    print("|" + " --- |" * 7)
    for name, model in MODELS.items():
        total = operations(model["width"], model["layers"], model["tokens"]) * model["samples"]
        cells = []
        for gpus, bandwidth in ((1, options.node_gbs), (8, options.node_gbs), (64, options.link_gbs),
                                (64, options.host_gbs)):
            compute, reduce = step_seconds(model, gpus, options, bandwidth * 1e9)
            seconds = (compute + reduce) * model["samples"] / model["batch"]
            cells.append(f"{duration(seconds)}, {100 * reduce / (compute + reduce):.0f} % all-reduce" if gpus > 1
                         else duration(seconds))
        count = weights(model["width"], model["layers"], model["parameters"])
        print(f"| {name} | {count / 1e6:.0f} M | {total:.1e} | " + " | ".join(cells) + " |")


def print_zoos():
    print("| zoo | runs | checkpoints | float32 | 16 bits | built on one machine | on eight (`--shard`) |\n" + "| --- " * 7 + "|")
    for name, model in MODELS.items():
        count = model["runs"] * CHECKPOINTS
        size = count * model["parameters"] * 4 / 1e9
        seconds, machine = BUILT[name][0] * model["runs"], BUILT[name][1]
        print(f"| {name} | {model['runs']:,} | {count / 1e6:.1f} M | {size:.0f} GB | {size / 2:.0f} GB | "
              f"{duration(seconds)} ({machine}) | {duration(seconds / 8)} |")


def print_feeding(options):
    model = MODELS["MNIST"]
    pairs = READ_GBS * 1e9 / (2 * 4 * model["parameters"])
    samples = options.gpu_tflops * 1e12 / operations(model["width"], model["layers"], model["tokens"])
    print(f"MNIST: pairs are read at {pairs:,.0f} a second from the page cache ({READ_GBS} GB/s as float32), "
          f"and a GPU trains on {samples:,.0f}.")


def print_check():
    print("| measured | figure | model |\n| --- | --- | --- |")
    paper = operations(768, 6, 18)
    print(f"| operations of the paper's form, width 768, 6 layers, 18 tokens (generator-paper: 436 GFLOP/s at 90.4 samples/s) "
          f"| {436 / 90.4:.2f} GFLOP a sample | {paper / 1e9:.2f} |")
    wide = operations(512, 4, 65)
    print(f"| the same of width 512, 4 layers, 65 tokens (generator-wide: 491 GFLOP/s at 93.7 samples/s) "
          f"| {491 / 93.7:.2f} GFLOP a sample | {wide / 1e9:.2f} |")
    seconds = all_reduce_seconds(12 * 3 * 128**2, 2, 5e9)
    step = 32 / 1351
    print(f"| two processes against one with two threads, width 128 (generator-mpi), 5 GB/s between them "
          f"| 0.977 | {step / (step + seconds):.3f} |")
    print(f"| bytes of the reference's MNIST set, its README's 68 GB | 68 GB | "
          f"{MODELS['MNIST']['runs'] * CHECKPOINTS * 7960 * 4 / 1e9:.1f} GB |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gpu-tflops", type=float, default=400, help=argparse.SUPPRESS)
    parser.add_argument("--node-gbs", type=float, default=300, help=argparse.SUPPRESS)
    parser.add_argument("--link-gbs", type=float, default=50, help=argparse.SUPPRESS)
    parser.add_argument("--host-gbs", type=float, default=10, help=argparse.SUPPRESS)
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.check:
        print_check()
        return
    print_generators(options)
    print()
    print_zoos()
    print()
    print_feeding(options)


if __name__ == "__main__":
    main()
