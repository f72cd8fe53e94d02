"""Trains stage 1: `python3 -m models.training.train_dvae [--data DIR] [--run DIR] [--steps N] [--batch B]`.

Recipe (VQ): an unquantised autoencoder, then k-means for the codebook, then VQ with an EMA codebook, then the decoder
alone. With `--quantizer gumbel` the paper's relaxation is trained instead, from the same warm start.
`--refine RUN --run NEW` takes a finished run and trains its decoder alone for `--steps` more: no code changes, so encoded
pictures and a transformer trained on them stay valid.
"""

import argparse
import dataclasses
import math

import torch

from .config import SIZES, TrainConfig
from .dvae import Dvae
from .kmeans import kmeans
from .likelihood import reconstruction_loss
from .machine import autocast, prepare_machine
from .optimizers import make_optimizers
from .pictures import PictureData, shrink
from .sampling_plan import SamplingPlan
from .trainer import Trainer, load_trained

# Shares of the steps: until the first the autoencoder is continuous, until the second it quantises, then the decoder alone.
PHASES = (0.2, 0.7)


def phase_of(step, steps):
    share = step / steps
    return "continuous" if share < PHASES[0] else "train" if share < PHASES[1] else "frozen"


def gumbel_temperature(step, steps):
    """Appendix A.2: cosine from 1 to 1/16, reached at three quarters of the run."""
    share = min(1.0, step / (0.75 * steps))
    return 1 / 16 + (1 - 1 / 16) * 0.5 * (1 + math.cos(math.pi * share))


class DvaeTask:
    """The loss of one step."""

    def __init__(self, model, data, plan, batch, steps, is_refining=False):
        self.model, self.data, self.plan, self.batch, self.steps = model, data, plan, batch, steps
        self.is_refining = is_refining

    def pictures(self, generator):
        """A batch; a third on random backgrounds, some shifted, so that codes describe what is near them."""
        indices = self.plan.draw(self.batch, generator)
        colors = torch.tensor([self.data.backgrounds[self.data.scenes[i].background] for i in indices])
        random_rows = torch.rand(self.batch, generator=generator) < 0.25
        colors = torch.where(random_rows[:, None], torch.rand(self.batch, 3, generator=generator), colors)
        pictures = self.data.compose(indices, colors.numpy())
        if torch.rand((), generator=generator) < 0.15:
            reach = self.data.side // 16
            shift = torch.randint(-reach, reach + 1, (2,), generator=generator).tolist()
            pictures = pictures.roll(shift, (2, 3))
        return pictures

    def __call__(self, step, generator):
        model = self.model
        pictures = self.pictures(generator)
        mode = "frozen" if self.is_refining else phase_of(step, self.steps)
        is_gumbel = model.config.quantizer == "gumbel"
        if not is_gumbel and mode == "train" and step == math.ceil(PHASES[0] * self.steps):
            start_codebook(model, self, generator)
        with autocast():
            with torch.set_grad_enabled(mode != "frozen"):
                features = model.features(shrink(pictures, model.config.encoder_side))
            if is_gumbel:
                torch.manual_seed(step)
                mode = "train"
                grid, codes, extra, _ = model.quantizer(features, mode, gumbel_temperature(step, self.steps), 5e-4)
            else:
                grid, codes, extra, latents = model.quantizer(features, mode)
            output = model.decode_features(grid)
        loss = reconstruction_loss(model.config.pixels, output, pictures)
        if mode == "train" and not is_gumbel:
            model.quantizer.follow(latents.detach(), codes, generator)
        numbers = {"mode": mode}
        if (step + 1) % 50 == 0:
            mse = (model.to_pixels(output.detach()) - pictures).square().mean((1, 2, 3))
            numbers["psnr"] = (-10 * torch.log10(mse)).mean().item()
            if codes is not None:
                numbers["codes_in_batch"] = len(codes.unique())
        return loss + extra, numbers


@torch.no_grad()
def start_codebook(model, task, generator, batches=40):
    """k-means on latents; near-identical ones (empty background) count once, or they would own the codebook."""
    latents = []
    for _ in range(batches):
        with autocast():
            features = model.features(shrink(task.pictures(generator), model.config.encoder_side))
            latents.append(model.quantizer.latents(features))
    latents = torch.cat(latents)
    scale = latents.std()
    keep = torch.unique((latents / (0.05 * scale)).round(), dim=0, return_inverse=True)[1]
    first = torch.full((int(keep.max()) + 1,), -1, dtype=torch.long)
    first[keep] = torch.arange(len(keep))
    distinct = latents[first]
    centers = kmeans(distinct, len(model.quantizer.codebook), generator)
    model.quantizer.codebook.copy_(centers)
    model.quantizer.sums.copy_(centers)
    model.quantizer.counts.fill_(1.0)


@torch.no_grad()
def measure(model, data, indices, batch=48):
    """PSNR in decibels (mean over pictures, at picture side and at encoder side) and codebook usage."""
    counts = torch.zeros(model.config.vocabulary)
    large, small = [], []
    for start in range(0, len(indices), batch):
        pictures = data.compose(indices[start : start + batch])
        with autocast():
            codes = model.encode(shrink(pictures, model.config.encoder_side))
            drawn = model.decode(codes, model.config.encoder_side // math.prod(model.config.downsample))
        counts += torch.bincount(codes.flatten(), minlength=len(counts))
        for psnrs, side in ((large, data.side), (small, model.config.encoder_side)):
            mse = (shrink(drawn, side) - shrink(pictures, side)).square().mean((1, 2, 3))
            psnrs.append(-10 * torch.log10(mse.clamp(min=1e-10)))
    share = counts / counts.sum()
    perplexity = torch.exp(-(share * torch.log(share.clamp(min=1e-12))).sum()).item()
    return {
        "psnr": torch.cat(large).mean().item(), "psnr_small": torch.cat(small).mean().item(),
        "codes_used": int((counts > 0).sum()), "perplexity": perplexity,
    }  # fmt: skip


def load_dvae(folder):
    """The last weights of a run."""
    return load_trained(Dvae, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="models/work/dataset")
    parser.add_argument("--run", default="models/work/dvae")
    parser.add_argument("--size", default="starter", choices=SIZES)
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--muon-lr", type=float, default=0.02)
    parser.add_argument("--adam-lr", type=float, default=1e-3)
    parser.add_argument("--quantizer", choices=["vq", "gumbel"])
    parser.add_argument("--pixels", choices=["unit", "logit-laplace"])
    parser.add_argument("--refine", help="a finished run whose decoder goes on learning alone")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    prepare_machine(args.threads)
    chosen = {name: getattr(args, name) for name in ("quantizer", "pixels") if getattr(args, name)}
    config = dataclasses.replace(SIZES[args.size].dvae, **chosen)
    data = PictureData(args.data)
    torch.manual_seed(1)
    model = load_dvae(args.refine).train() if args.refine else Dvae(config)
    config = model.config
    model = model.to(memory_format=torch.channels_last)
    train = TrainConfig(steps=args.steps, decay_from=0.5, final_rate=0.01)
    optimizers = make_optimizers(model, is_hidden_convolution, args.muon_lr, args.adam_lr, (0.9, 0.99))
    trainer = Trainer(model, optimizers, train, args.run, about=config)
    trainer.resume()
    plan = SamplingPlan(data, "train")
    trainer.run(DvaeTask(model, data, plan, args.batch, args.steps, bool(args.refine)))
    model.eval()
    generator = torch.Generator().manual_seed(7)
    for split in ("train", "held-out"):
        indices = data.indices(split)
        if not len(indices):
            continue
        some = indices[torch.randperm(len(indices), generator=generator)[:480].numpy()]
        trainer.log({"split": split, **measure(model, data, some)})


def is_hidden_convolution(name):
    """Muon takes the residual blocks; stems, heads and codebooks stay with AdamW."""
    return "groups" in name


if __name__ == "__main__":
    main()
