"""A judge apart from the ranker: a small convolutional classifier trained on real pictures only.

    python3 -m models.evaluation.judge [--data DIR] [--run DIR] [--steps N] [--out DIR]

Other architecture, other seed and other data than CLIP: it never sees a decoded or drawn picture, so agreement between the
two is not built in. Its penultimate features serve the Fréchet distance.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from models.training.config import TrainConfig
from models.training.machine import autocast, prepare_machine
from models.training.optimizers import make_optimizers
from models.training.pictures import PictureData, shrink
from models.training.safetensors import read_safetensors, write_safetensors
from models.training.trainer import Trainer, load_trained

SIDE = 64


class FloatGroupNorm(nn.GroupNorm):
    """Group norm in fp32: torch 1.13 has no bf16 kernel for it."""

    def forward(self, x):
        """[B, C, H, W] of any precision to the same in fp32."""
        return super().forward(x.float())


class Judge(nn.Module):
    """[B, 3, 64, 64] in [0, 1] to logits over concepts; about 0.4 M parameters."""

    def __init__(self, about):
        super().__init__()
        self.concepts = list(about["concepts"])
        widths = (24, 48, 96, 160)
        layers = [nn.Conv2d(3, widths[0], 3, padding=1)]
        for a, b in zip(widths, (*widths[1:], widths[-1])):
            layers += [FloatGroupNorm(8, a), nn.ReLU(), nn.Conv2d(a, b, 3, padding=1), nn.MaxPool2d(2)]
        self.body = nn.Sequential(*layers, FloatGroupNorm(8, widths[-1]), nn.ReLU())
        self.head = nn.Linear(widths[-1] * 4, len(self.concepts))

    def features(self, pictures):
        """[B, 640]: means over the four quarters of the picture."""
        x = self.body(shrink(pictures, SIDE) * 2 - 1)
        return F.adaptive_avg_pool2d(x.float(), 2).flatten(1)

    def forward(self, pictures):
        """[B, 3, S, S] in [0, 1] of any side to [B, concepts]."""
        return self.head(self.features(pictures))


def jitter(pictures, generator):
    """Small shifts, scales and noise, so the judge looks at shape rather than at exact pixels."""
    count = len(pictures)
    scale = 1 + 0.12 * (2 * torch.rand(count, generator=generator) - 1)
    shift = 0.12 * (2 * torch.rand(count, 2, generator=generator) - 1)
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = scale
    theta[:, :, 2] = shift
    grid = F.affine_grid(theta, list(pictures.shape), align_corners=False)
    moved = F.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    return (moved + 0.04 * torch.randn(moved.shape, generator=generator)).clamp(0, 1)


class JudgeTask:
    """The loss of one step, on pictures of one untreated object from both splits: the judge must know what is asked of the model."""

    def __init__(self, model, data, batch):
        self.model, self.data, self.batch = model, data, batch
        plain = [i for i, scene in enumerate(data.scenes) if scene.kind.startswith(("natural", "tint"))]
        self.indices = np.array(plain)
        self.targets = {i: model.concepts.index(data.cutout_of(i)["concept"]) for i in plain}

    def __call__(self, step, generator):
        picks = self.indices[torch.randint(len(self.indices), (self.batch,), generator=generator).numpy()]
        pictures = jitter(shrink(self.data.compose(picks), SIDE), generator)
        with autocast():
            logits = self.model(pictures)
        target = torch.tensor([self.targets[int(i)] for i in picks])
        loss = F.cross_entropy(logits.float(), target, label_smoothing=0.05)
        return loss, {"right": (logits.argmax(1) == target).float().mean().item()}


def write_judge(judge, folder):
    """Writes weights and the concepts they name, as the repository keeps them."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_safetensors(folder / "judge.safetensors", judge.state_dict())
    (folder / "judge.json").write_text(json.dumps({"concepts": judge.concepts}) + "\n")


def read_judge(folder):
    """What `write_judge` wrote, ready to judge."""
    folder = Path(folder)
    judge = Judge(json.loads((folder / "judge.json").read_text()))
    judge.load_state_dict(read_safetensors(folder / "judge.safetensors"))
    return judge.eval()


def frechet_distance(a, b):
    """Fréchet distance of two sets of features [n, D] (Heusel et al. 2017), with covariances in double precision."""
    a, b = a.double(), b.double()
    mean = (a.mean(0) - b.mean(0)).square().sum()
    cov_a, cov_b = torch.cov(a.T), torch.cov(b.T)
    # tr sqrt(A·B) over the eigenvalues of sqrt(A)·B·sqrt(A), which is symmetric.
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    distance = mean + cov_a.trace() + cov_b.trace() - 2 * cross
    return max(0.0, distance.item()) if math.isfinite(distance.item()) else math.inf


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="models/work/dataset")
    parser.add_argument("--run", default="models/work/judge")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--out", help="where the finished weights go: models/evaluation/judge")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    prepare_machine(args.threads)
    data = PictureData(args.data, SIDE)
    torch.manual_seed(99)
    about = {"concepts": sorted(data.concepts)}
    model = Judge(about)
    optimizers = make_optimizers(model, lambda name: name.startswith("body") and name != "body.0.weight", 0.01, 2e-3)
    config = TrainConfig(steps=args.steps, warmup=50, decay_from=0.3, final_rate=0.02, seed=99)
    trainer = Trainer(model, optimizers, config, args.run, about=about)
    trainer.resume()
    trainer.run(JudgeTask(model, data, args.batch))
    if args.out:
        write_judge(load_trained(Judge, args.run), args.out)


if __name__ == "__main__":
    main()
