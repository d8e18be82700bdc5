"""Networks travel between saltus and PyTorch by safetensors alone, in both directions."""

import pathlib
import subprocess
import sys
import tempfile

import safetensors
import torch
from safetensors.torch import load_file, save_file


class GaussianActor(torch.nn.Module):
    """What a PyTorch user would write for cart-pole."""

    def __init__(self):
        super().__init__()
        self.log_std = torch.nn.Parameter(torch.full((1,), -0.35))
        self.actor = torch.nn.Sequential(
            torch.nn.Linear(4, 32), torch.nn.SELU(),
            torch.nn.Linear(32, 32), torch.nn.SELU(),
            torch.nn.Linear(32, 1))


def update(saltus, model, start, out):
    subprocess.run([saltus, "update", model, "--from", start, "--prompt", "return=40", "-o", out],
                   check=True)
    files = sorted(out.glob("*.safetensors"))
    assert len(files) == 1, files
    return files[0]


def main():
    saltus, model = sys.argv[1], pathlib.Path(sys.argv[2]) / "generator"
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        torch.manual_seed(1)
        actor = GaussianActor()
        for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
            start = folder / f"{str(dtype).removeprefix('torch.')}.safetensors"
            save_file({k: v.to(dtype) for k, v in actor.state_dict().items()}, start)
            updated = update(saltus, model, start, folder / start.stem)

            state = load_file(updated)
            result = GaussianActor().load_state_dict(state, strict=True)
            assert not result.missing_keys and not result.unexpected_keys
            assert set(state) == set(actor.state_dict())
            assert all(v.dtype == torch.float32 and v.isfinite().all() for v in state.values())
            assert any((state[k] != v).any() for k, v in actor.state_dict().items()), "no update"
            with safetensors.safe_open(updated, "pt") as file:
                assert file.metadata()["prompt"] == "return=40", file.metadata()
                assert file.metadata()["parents"] == str(start), file.metadata()
            print(f"{start.stem}: loads")


main()
