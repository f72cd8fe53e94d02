"""Trains stage 1: `python3 -m models.training.train_dvae [--data DIR] [--run DIR] [--steps N] [--batch B]`.

Recipe (VQ): an unquantised autoencoder, then k-means for the codebook, then VQ with an EMA codebook, then the decoder
alone. With `--quantizer gumbel` the paper's relaxation is trained instead, all of it from the first step to the last.
`--refine RUN --run NEW` takes a finished run and trains its decoder alone for `--steps` more: no code changes, so encoded
pictures and a transformer trained on them stay valid. With `--decoder-blocks` the decoder grows first, and draws the same until it learns.
"""

import argparse
import dataclasses
import math
from pathlib import Path

import torch

from .config import SIZES, TrainConfig
from .dvae import Dvae, token_rows_of
from .kmeans import kmeans
from .likelihood import reconstruction_loss
from .machine import autocast, prepare_machine
from .optimizers import make_optimizers
from .pictures import PictureData, psnr, shrink, some_at_random
from .sampling_plan import SamplingPlan, parse_shares
from .trainer import Trainer, load_trained, read_checkpoint
from .weights import read_description, read_dvae

# Shares of the steps: until the first the autoencoder is continuous, until the second it quantises, then the decoder alone.
PHASES = (0.2, 0.7)
NEUTRAL_SHARE = 0.65  # of the pictures, with a palette: their shapes are read from the neutral picture
KL_WEIGHT = 5e-4  # of the Gumbel quantiser


def phase_of(step, steps, phases=PHASES):
    """The VQ quantiser's mode at a step of `steps`."""
    share = step / steps
    return "continuous" if share < phases[0] else "train" if share < phases[1] else "frozen"


def gumbel_temperature(step, steps):
    """Appendix A.2: cosine from 1 to 1/16, reached at three quarters of the run."""
    share = min(1.0, step / (0.75 * steps))
    return 1 / 16 + (1 - 1 / 16) * 0.5 * (1 + math.cos(math.pi * share))


class DvaeTask:
    """The loss of one step."""

    def __init__(self, model, data, plan, batch, steps, is_refining=False, phases=PHASES):
        self.model, self.data, self.plan, self.batch, self.steps = model, data, plan, batch, steps
        self.small = data.at(model.config.encoder_side)
        self.is_refining, self.phases = is_refining, phases

    def pictures(self, generator):
        """What to paint, [B, 3, side, side], what to read its shapes of, at the encoder's side, and its palette.

        A quarter on random backgrounds, some shifted, so that codes describe what is near them. With a palette, most shapes
        are read from the neutral picture: its codes must do for every tint and background.
        """
        indices = self.plan.draw(self.batch, generator)
        scenes = [self.data.scenes[i] for i in indices]
        colors = some_at_random(self.data.background_colors(scenes), 0.25, generator)
        pictures = self.data.draw(scenes, colors)
        shapes, values = shrink(pictures, self.small.side), None
        if self.model.palette is not None:
            is_neutral = torch.rand(self.batch, generator=generator) < NEUTRAL_SHARE
            neutral, natural = self.small.draw_neutral(scenes)
            values = self.model.palette.true_values(shapes, neutral, natural, colors)
            shapes = torch.where(is_neutral[:, None, None, None], neutral, shapes)
        if torch.rand((), generator=generator) < 0.15:
            scale, reach = self.data.side // self.small.side, self.small.side // 16
            shift = torch.randint(-reach, reach + 1, (2,), generator=generator)
            shapes = shapes.roll(shift.tolist(), (2, 3))
            pictures = pictures.roll((shift * scale).tolist(), (2, 3))
        return pictures, shapes, values

    def mode_at(self, step):
        """The quantiser's mode at a step: of a decoder that learns alone "frozen", of Gumbel's always "train"."""
        if self.is_refining:
            return "frozen"
        return "train" if self.model.config.quantizer == "gumbel" else phase_of(step, self.steps, self.phases)

    def __call__(self, step, generator):
        model, mode = self.model, self.mode_at(step)
        pictures, shapes, colors = self.pictures(generator)
        is_gumbel = model.config.quantizer == "gumbel"
        if not is_gumbel and mode == "train" and step == math.ceil(self.phases[0] * self.steps):
            start_codebook(model, self, generator)
        relaxation = (gumbel_temperature(step, self.steps), KL_WEIGHT, generator) if is_gumbel else ()
        with autocast():
            with torch.set_grad_enabled(mode != "frozen"):
                features = model.features(shapes)
            grid, codes, extra, latents = model.quantizer(features, mode, *relaxation)
            output = model.decode_features(grid, colors)
        loss = reconstruction_loss(model.config.pixels, output, pictures)
        if mode == "train" and not is_gumbel:
            model.quantizer.follow(latents.detach(), codes, generator)
        numbers = {"mode": mode}
        if (step + 1) % 50 == 0:
            numbers["psnr"] = psnr(model.to_pixels(output.detach()), pictures).mean().item()
            if codes is not None:
                numbers["codes_in_batch"] = len(codes.unique())
        return loss + extra, numbers


@torch.no_grad()
def start_codebook(model, task, generator, batches=40):
    """k-means on latents; near-identical ones (empty background) count once, or they would own the codebook."""
    latents = []
    for _ in range(batches):
        with autocast():
            features = model.features(task.pictures(generator)[1])
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
def measure(model, data, indices, batch=48, is_neutral=False):
    """PSNR in decibels (mean over pictures, at picture side and at encoder side) and codebook usage.

    With `is_neutral` the shapes come from neutral pictures: what the transformer learns from.
    """
    counts = torch.zeros(model.config.vocabulary)
    large, small = [], []
    side, first, rows = model.config.encoder_side, model.config.palette_positions, token_rows_of(model.config)
    for start in range(0, len(indices), batch):
        scenes = [data.scenes[i] for i in indices[start : start + batch]]
        pictures = data.draw(scenes)
        shapes, colors = shrink(pictures, side), None
        if model.palette is not None:
            neutral, natural = data.at(side).draw_neutral(scenes)
            colors = model.palette.true_values(shapes, neutral, natural, data.background_colors(scenes))
            shapes = neutral if is_neutral else shapes
        with autocast():
            codes = model.encode(shapes, colors)
            drawn = model.decode(codes, rows)
        counts += torch.bincount(codes[:, first:].flatten(), minlength=len(counts))
        for psnrs, size in ((large, data.side), (small, side)):
            psnrs.append(psnr(shrink(drawn, size), shrink(pictures, size)))
    share = counts / counts.sum()
    perplexity = torch.exp(-(share * torch.log(share.clamp(min=1e-12))).sum()).item()
    return {
        "psnr": torch.cat(large).mean().item(), "psnr_small": torch.cat(small).mean().item(),
        "codes_used": int((counts > 0).sum()), "perplexity": perplexity,
    }  # fmt: skip


def load_dvae(folder):
    """The last weights of a run, or those of a weights folder: enough to encode and decode, not to learn codes further."""
    if (Path(folder) / "model.json").exists():
        return read_dvae(Path(folder) / "dvae.safetensors", read_description(folder)["dvae"])
    return load_trained(Dvae, folder)


def deepen_decoder(model, blocks):
    """The same model with `blocks` residual blocks in each group of the decoder; the new ones add nothing yet."""
    old = model.config.decoder_blocks
    if len(blocks) != len(old) or any(new < count for new, count in zip(blocks, old)):
        raise ValueError(f"the decoder has {old} blocks in its groups and can only grow, got {tuple(blocks)}")
    grown = Dvae(dataclasses.replace(model.config, decoder_blocks=tuple(blocks)))
    grown.load_state_dict({**grown.state_dict(), **model.state_dict()})
    for group, count in zip(grown.decoder.groups, old):
        for block in group.blocks[count:]:
            last = block.res_path[-1]
            torch.nn.init.zeros_(last.weight)
            torch.nn.init.zeros_(last.bias)
    return grown


def start_from(model, folder):
    """Takes over what fits of another run's last weights; ValueError where nothing does."""
    theirs, own = read_checkpoint(folder)["module"], model.state_dict()
    fitting = {name: tensor for name, tensor in theirs.items() if name in own and own[name].shape == tensor.shape}
    if not fitting:
        raise ValueError(f"no weights of {folder} have a name and shape of this dVAE's")
    model.load_state_dict({**own, **fitting})


def is_hidden_convolution(name):
    """Muon takes the residual blocks; stems, heads and codebooks stay with AdamW."""
    return "groups" in name


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
    parser.add_argument("--phases", type=float, nargs=2, default=PHASES, help="shares of the steps at which codes begin and freeze")
    parser.add_argument("--start-from", help="a run whose weights begin this one, where names and shapes agree")
    parser.add_argument("--shares", type=parse_shares, help="kind=share,…: how often a step sees each kind of scene")
    parser.add_argument("--refine", help="a finished run whose decoder goes on learning alone")
    parser.add_argument("--decoder-blocks", type=int, nargs="+", help="with --refine: blocks of each decoder group, no fewer than it has")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    prepare_machine(args.threads)
    chosen = {name: getattr(args, name) for name in ("quantizer", "pixels") if getattr(args, name)}
    config = dataclasses.replace(SIZES[args.size].dvae, **chosen)
    data = PictureData(args.data)
    torch.manual_seed(1)
    model = load_dvae(args.refine).train() if args.refine else Dvae(config)
    if args.refine and args.decoder_blocks:
        model = deepen_decoder(model, args.decoder_blocks).train()
    config = model.config
    if args.start_from:
        start_from(model, args.start_from)
    model = model.to(memory_format=torch.channels_last)
    train = TrainConfig(steps=args.steps, decay_from=0.5, final_rate=0.01)
    optimizers = make_optimizers(model, is_hidden_convolution, args.muon_lr, args.adam_lr, (0.9, 0.99))
    trainer = Trainer(model, optimizers, train, args.run, about=config)
    trainer.resume()
    plan = SamplingPlan(data, "train", args.shares)
    trainer.run(DvaeTask(model, data, plan, args.batch, args.steps, bool(args.refine), args.phases))
    model.eval()
    generator = torch.Generator().manual_seed(7)
    for split in ("train", "held-out"):
        indices = data.indices(split)
        if not len(indices):
            continue
        some = indices[torch.randperm(len(indices), generator=generator)[:480].numpy()]
        for is_neutral in (False, True) if model.palette else (False,):
            trainer.log({"split": split, "neutral": is_neutral, **measure(model, data, some, is_neutral=is_neutral)})


if __name__ == "__main__":
    main()
