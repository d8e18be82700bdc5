"""Trains a transformer of the size of bench/workloads/generator-*.yaml on noised vectors, eagerly.

  small  width 64, 3 layers, 65 tokens (the hidden units of a cart-pole policy and one more), bfloat16 autocast
  wide   width 512, 4 layers, the same
  paper  width 768, 6 layers, 18 tokens (noised and start tensors, four embedded scalars), each with a
         projection and a position of its own, float32: the form of Peebles et al. 2022

Pre-norm blocks, mean squared error of the predicted vector, AdamW, an average of the weights. Work:
samples.
"""

import copy

import torch
import torch.nn.functional as F
from common import Stopwatch, arguments, bfloat16_autocast, finish

TOKENS, FEATURES = 65, 128
SIZES = {"small": (64, 3, 4), "wide": (512, 4, 8), "paper": (768, 6, 12)}  # width, layers, heads
BATCH = {"small": 32, "wide": 32, "paper": 64}
TENSORS = (1, 128, 32, 1024, 32, 32, 1)  # of a cart-pole policy
SCALARS, EMBEDDED = 4, 257  # of a scalar: itself, sines and cosines


class Block(torch.nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = torch.nn.LayerNorm(width), torch.nn.LayerNorm(width)
        self.into, self.out = torch.nn.Linear(width, 3 * width), torch.nn.Linear(width, width)
        self.mlp = torch.nn.Sequential(
            torch.nn.Linear(width, 4 * width), torch.nn.GELU(), torch.nn.Linear(4 * width, width)
        )

    def forward(self, x):
        batch, tokens, width = x.shape
        parts = self.into(self.norm1(x)).view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(*parts.unbind(0))
        x = x + self.out(attended.transpose(1, 2).reshape(batch, tokens, width))
        return x + self.mlp(self.norm2(x))


class Denoiser(torch.nn.Module):
    def __init__(self, width, layers, heads):
        super().__init__()
        self.embed = torch.nn.Linear(2 * FEATURES, width)
        self.time = torch.nn.Linear(1, width)
        self.blocks = torch.nn.Sequential(*[Block(width, heads) for _ in range(layers)])
        self.head = torch.nn.Sequential(torch.nn.LayerNorm(width), torch.nn.Linear(width, FEATURES))

    def forward(self, noised, start, time):  # [B, T, F] twice, [B]
        tokens = self.embed(torch.cat([noised, start], 2)) + self.time(time[:, None, None])
        return self.head(self.blocks(tokens))


class PaperDenoiser(torch.nn.Module):
    """Whole tensors as tokens; predicts the change."""

    def __init__(self, width, layers, heads):
        super().__init__()
        sizes = [*TENSORS, *TENSORS, *[EMBEDDED] * SCALARS]
        self.into = torch.nn.ModuleList(torch.nn.Linear(size, width, bias=False) for size in sizes)
        self.norm = torch.nn.LayerNorm(width)
        self.place = torch.nn.Parameter(torch.zeros(1, len(sizes), width))
        self.blocks = torch.nn.Sequential(*[Block(width, heads) for _ in range(layers)])
        self.last_norm = torch.nn.LayerNorm(width)
        self.outof = torch.nn.ModuleList(torch.nn.Linear(width, size, bias=False) for size in TENSORS)
        self.register_buffer("frequencies", torch.logspace(0, 14, (EMBEDDED - 1) // 2, base=2))

    def forward(self, noised, start, time):  # [B, P] twice, [B]
        scalars = torch.stack([1000 * time, time, time, time], 1)[:, :, None]  # as many as theirs
        angles = scalars * self.frequencies
        embedded = torch.cat([angles.sin(), angles.cos(), scalars], 2)
        parts = [*noised.split(TENSORS, 1), *start.split(TENSORS, 1), *embedded.unbind(1)]
        x = torch.stack([into(part) for into, part in zip(self.into, parts)], 1)
        x = self.last_norm(self.blocks(self.norm(x) + self.place))
        return start + torch.cat([outof(x[:, i]) for i, outof in enumerate(self.outof)], 1)


def main():
    args = arguments(__doc__, list(SIZES))
    torch.manual_seed(0)
    paper, batch = args.variant == "paper", BATCH[args.variant]
    model = (PaperDenoiser if paper else Denoiser)(*SIZES[args.variant])
    average = copy.deepcopy(model)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3, fused=True)
    steps = {"small": 300, "wide": 40, "paper": 20}[args.variant] // (4 if args.brief else 1)
    start = torch.randn(batch, sum(TENSORS)) if paper else torch.randn(batch, TOKENS, FEATURES)
    target = start + 0.1 * torch.randn_like(start)

    def step():
        time = torch.rand(batch)
        keep = (1 - time).view(-1, *[1] * (target.dim() - 1))
        noised = keep.sqrt() * target + (1 - keep).sqrt() * torch.randn_like(target)
        with bfloat16_autocast(enabled=not paper):
            loss = F.mse_loss(model(noised, start, time).float(), target)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 0.003)
        return loss

    step()
    watch = Stopwatch()
    with watch.running():
        for _ in range(steps):
            loss = step()
    finish(steps * batch, watch.seconds, loss.item())


if __name__ == "__main__":
    main()
