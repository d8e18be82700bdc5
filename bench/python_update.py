#!/usr/bin/env python3
"""What Python costs: `generator.update` on 64 state dicts against the C++ library's own call.

  bench/python_update.py GENERATOR [--networks 64] [--rounds 30]

Both do the same updates with the same noise, in turn; the result's rows are compared first. Prints
medians and their ratio as a line of JSON; ends with status 1 when the ratio is 1.1 or more.
"""

import argparse
import json
import statistics
import time

import torch

import saltus


def seconds(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("generator", help="folder that saltus train wrote")
    parser.add_argument("--networks", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=30)
    args = parser.parse_args()

    generator = saltus.Generator.load(args.generator)
    torch.manual_seed(0)
    theta = 0.1 * torch.randn(args.networks, generator.layout.parameters)
    networks = [
        {name: tensor.clone() for name, tensor in generator.layout.split(row).items()} for row in theta
    ]
    worst = {metric.name: metric.worst for metric in generator.metrics}
    best = {m.name: generator.metric_range[m.name][m.maximise] for m in generator.metrics}
    start = torch.tensor([list(worst.values())] * args.networks)
    prompt = torch.tensor([list(best.values())] * args.networks)
    numbers = [0] * args.networks

    def library():
        return generator.sample(theta, start, prompt, numbers=numbers)

    def python():
        return generator.update(networks, best, start_metric=worst)

    made = torch.stack([generator.layout.row(network) for network in python()])
    torch.testing.assert_close(made, library())
    times = {library: [], python: []}
    for _ in range(args.rounds):
        for work in times:
            times[work].append(seconds(work))
    medians = {work.__name__: statistics.median(times[work]) for work in times}
    ratio = medians["python"] / medians["library"]
    print(
        json.dumps(
            {
                "networks": args.networks,
                "parameters": generator.layout.parameters,
                "weights": generator.weights,
                "threads": torch.get_num_threads(),
                "milliseconds": {name: 1000 * value for name, value in medians.items()},
                "ratio": ratio,
            }
        )
    )
    return 0 if ratio < 1.1 else 1


if __name__ == "__main__":
    raise SystemExit(main())
