"""Teaches the palette's encoder to find the colours of any picture: `python3 -m models.training.train_palette --dvae RUN [--data DIR]`.

In training the colours of a picture are known, because we composed it; of a person's own picture they are not. The network is
taught on composed pictures with random backgrounds and tints, apart from the rest of the dVAE.
"""

import argparse

import torch
import torch.nn.functional as F

from .config import TrainConfig
from .machine import prepare_machine
from .palette import Palette
from .pictures import PictureData, some_at_random
from .sampling_plan import SamplingPlan
from .train_dvae import load_dvae
from .trainer import Trainer


class PaletteTask:
    """Mean squared error of the colours that have a meaning."""

    def __init__(self, palette, data, plan, batch):
        self.palette, self.data, self.plan, self.batch = palette, data, plan, batch

    def draw(self, generator):
        """Pictures [B, 3, S, S] and their true values [B, positions]."""
        scenes = [self.data.scenes[i] for i in self.plan.draw(self.batch, generator)]
        colors = some_at_random(self.data.background_colors(scenes), 0.4, generator)
        pictures = self.data.draw(scenes, colors)
        return pictures, self.palette.true_values(pictures, *self.data.draw_neutral(scenes), colors)

    def __call__(self, step, generator):
        pictures, values = self.draw(generator)
        found = self.palette.values(pictures)
        loss = F.mse_loss(found, values)
        return loss, {"background": distance(found, values, 0), "main": distance(found, values, 1)}


def distance(found, values, color):
    """Root mean square error of one colour's channels."""
    part = slice(3 * color, 3 * color + 3)
    return (found[:, part] - values[:, part]).square().mean().sqrt().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="models/work/dataset")
    parser.add_argument("--dvae", default="models/work/dvae", help="the run whose configuration the palette belongs to")
    parser.add_argument("--run", default="models/work/palette")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    prepare_machine(args.threads)
    config = load_dvae(args.dvae).config
    data = PictureData(args.data, config.encoder_side)
    torch.manual_seed(5)
    palette = Palette(config)
    optimizer = torch.optim.AdamW(palette.parameters(), lr=4e-3, betas=(0.9, 0.99))
    for group in optimizer.param_groups:
        group["peak_lr"] = group["lr"]
    train = TrainConfig(steps=args.steps, warmup=50, decay_from=0.4, final_rate=0.01, seed=5, log_every=100)
    trainer = Trainer(palette, [optimizer], train, args.run, about=config)
    trainer.resume()
    trainer.run(PaletteTask(palette, data, SamplingPlan(data, "train"), args.batch))


if __name__ == "__main__":
    main()
