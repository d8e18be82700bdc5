"""Trains CIFAR-10 ConvNets (16 channels at stride 2, 32, averaged, 10) with flips and crops.

  loop      one network after the other, float32
  bfloat16  the same, channels last and under bfloat16 autocast: the best that eager PyTorch does

SGD 0.2 with Nesterov momentum on a cosine, batches of 128. Work: steps of a network.
"""

import contextlib

import torch
import torch.nn.functional as F
from common import Stopwatch, arguments, bfloat16_autocast, checkpoint_steps, cifar10, cosine_rate, finish

BATCH, RATE, CHECKPOINTS = 128, 0.2, 20


def new_network():
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 16, 3, stride=2, padding=1),
        torch.nn.ReLU(),
        torch.nn.Conv2d(16, 32, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(32, 10),
    )


def augmented(images):
    """Each image flipped or not, and cropped out of itself padded by 4: all of a batch at once."""
    count, _, side, _ = images.shape
    padded = F.pad(images, (4, 4, 4, 4))
    rows = torch.randint(9, (count, 1)) + torch.arange(side)
    columns = torch.randint(9, (count, 1)) + torch.arange(side)
    columns = torch.where(torch.rand(count, 1) < 0.5, columns, columns.flip(1))
    each = torch.arange(count)
    return padded[each[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def main():
    args = arguments(__doc__, ["loop", "bfloat16"])
    torch.manual_seed(0)
    images, labels, held_images, held_labels = cifar10()
    network = new_network()
    arithmetic = contextlib.nullcontext
    if args.variant == "bfloat16":
        network = network.to(memory_format=torch.channels_last)
        arithmetic = bfloat16_autocast
    epochs = 1 if args.brief else 3
    steps = epochs * -(-len(images) // BATCH)
    kept = checkpoint_steps(steps, CHECKPOINTS)
    optimizer = torch.optim.SGD(network.parameters(), RATE, 0.9, weight_decay=5e-4, nesterov=True)

    @torch.inference_mode()
    def measured():
        parts = zip(held_images.split(500), held_labels.split(500))
        losses = [F.cross_entropy(network(x), y, reduction="sum") for x, y in parts]
        return sum(losses).item() / len(held_labels)

    zoo, step, watch = [], 0, Stopwatch()
    with watch.running():
        for _ in range(epochs):
            for places in torch.randperm(len(images)).split(BATCH):
                if step in kept:
                    theta = torch.cat([p.detach().reshape(-1) for p in network.parameters()])
                    zoo.append((theta, measured()))
                for group in optimizer.param_groups:
                    group["lr"] = cosine_rate(step, steps, RATE)
                x = augmented(images[places])
                if args.variant == "bfloat16":
                    x = x.contiguous(memory_format=torch.channels_last)
                with arithmetic():
                    loss = F.cross_entropy(network(x), labels[places])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                step += 1
        score = measured()
    finish(steps, watch.seconds, score)


if __name__ == "__main__":
    main()
