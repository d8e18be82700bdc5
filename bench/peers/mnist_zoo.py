"""Trains MNIST classifiers 784-10-10 and measures 200 checkpoints of each: a zoo without Saltus.

  loop        one network after the other, mini-batches taken out of one tensor
  loader      the same with a torch.utils.data.DataLoader
  vectorised  32 networks at once, as batched products

SGD 0.1 with Nesterov momentum on a cosine, batches of 128, 25 epochs. Work: steps of a network.
"""

import torch
import torch.nn.functional as F
from common import Stopwatch, arguments, checkpoint_steps, cosine_rate, finish, mnist

BATCH, RATE, CHECKPOINTS = 128, 0.1, 200
NETWORKS = 32  # of `vectorised`


def new_network():
    return torch.nn.Sequential(torch.nn.Linear(784, 10), torch.nn.ReLU(), torch.nn.Linear(10, 10))


@torch.inference_mode()
def measure(network, images, labels):
    outputs = network(images)
    wrong = (outputs.argmax(1) != labels).float().mean()
    return F.cross_entropy(outputs, labels).item(), wrong.item()


def batches_by_index(images, labels, epochs):
    for _ in range(epochs):
        for places in torch.randperm(len(images)).split(BATCH):
            yield images[places], labels[places]


def batches_by_loader(images, labels, epochs):
    data = torch.utils.data.TensorDataset(images, labels)
    loader = torch.utils.data.DataLoader(data, batch_size=BATCH, shuffle=True)
    for _ in range(epochs):
        yield from loader


def train_one(batches, epochs, data):
    images, labels, *held_out = data
    steps = epochs * -(-len(images) // BATCH)
    kept = checkpoint_steps(steps, CHECKPOINTS)
    network = new_network()
    optimizer = torch.optim.SGD(network.parameters(), RATE, 0.9, weight_decay=5e-4, nesterov=True)
    zoo = []
    for step, (x, y) in enumerate(batches(images, labels, epochs)):
        if step in kept:
            measured = measure(network, *held_out)
            zoo.append((torch.nn.utils.parameters_to_vector(network.parameters()).detach(), measured))
        for group in optimizer.param_groups:
            group["lr"] = cosine_rate(step, steps, RATE)
        loss = F.cross_entropy(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return steps, measure(network, *held_out)[0]


class Batched(torch.nn.Module):
    """NETWORKS networks; the first layers are one product, as all see the same images."""

    def __init__(self):
        super().__init__()
        networks = [new_network() for _ in range(NETWORKS)]

        def stacked(layer, name):
            return torch.nn.Parameter(torch.stack([getattr(n[layer], name).detach() for n in networks]))

        self.w1, self.b1 = stacked(0, "weight"), stacked(0, "bias")
        self.w2, self.b2 = stacked(2, "weight"), stacked(2, "bias")

    def forward(self, x):  # [B, 784] -> [K, B, 10]
        hidden = F.linear(x, self.w1.flatten(0, 1), self.b1.flatten()).relu()
        hidden = hidden.view(len(x), NETWORKS, 10).transpose(0, 1)
        return torch.baddbmm(self.b2.unsqueeze(1), hidden, self.w2.transpose(1, 2))


def train_vectorised(epochs, data):
    images, labels, held_images, held_labels = data
    steps = epochs * -(-len(images) // BATCH)
    kept = checkpoint_steps(steps, CHECKPOINTS)
    networks = Batched()
    optimizer = torch.optim.SGD(networks.parameters(), RATE, 0.9, weight_decay=5e-4, nesterov=True)
    zoo = []

    def losses(x, y):  # [K]
        outputs = networks(x)
        each = F.cross_entropy(outputs.flatten(0, 1), y.repeat(NETWORKS), reduction="none")
        return each.view(NETWORKS, -1).mean(1)

    for step, (x, y) in enumerate(batches_by_index(images, labels, epochs)):
        if step in kept:
            with torch.inference_mode():
                theta = torch.cat([p.flatten(1) for p in networks.parameters()], 1).clone()
                zoo.append((theta, losses(held_images, held_labels)))
        for group in optimizer.param_groups:
            group["lr"] = cosine_rate(step, steps, RATE)
        optimizer.zero_grad()
        losses(x, y).sum().backward()
        optimizer.step()
    with torch.inference_mode():
        return steps * NETWORKS, losses(held_images, held_labels).mean().item()


def main():
    args = arguments(__doc__, ["loop", "loader", "vectorised"])
    torch.manual_seed(0)
    data = mnist()
    epochs = 2 if args.brief else 25
    watch = Stopwatch()
    with watch.running():
        if args.variant == "loop":
            work, score = train_one(batches_by_index, epochs, data)
        elif args.variant == "loader":
            work, score = train_one(batches_by_loader, epochs, data)
        else:
            work, score = train_vectorised(epochs, data)
    finish(work, watch.seconds, score)


if __name__ == "__main__":
    main()
