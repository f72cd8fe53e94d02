"""Trains stage 2: `python3 -m models.training.train_transformer [--steps N] [--run DIR] …`.

Runs from the last checkpoint in --run; a larger --steps goes on with the schedule stretched to it. Under torchrun several
processes share every batch (see distributed.py).
"""

import argparse
import random
from dataclasses import replace

import numpy as np
import torch

from .bpe import load_bpe
from .caption_noise import CaptionNoise
from .config import SIZES, TrainConfig
from .distributed import join_group, my_slice
from .image_prompts import is_prompted, prompt_places
from .machine import autocast, prepare_machine
from .optimizers import is_of_a_layer, make_optimizers
from .pictures import PictureData
from .sampling_plan import SamplingPlan, parse_shares
from .trainer import Trainer
from .transformer import Transformer, pad_text
from .weights import read_transformer

CAPTION_DROPOUT = 0.1  # null caption, for guidance (Ho and Salimans 2022)
BPE_DROPOUT = 0.1  # of the merges (section 2.2)
DROPPED_CAPTIONS = 0.25  # captions that BPE dropout touches at all: in the others words stay whole
PROMPT_NOISE = 0.5  # the largest share of a prompt's codes that `swapped` takes


def swapped(given, generator):
    """Which codes of image prompts, [B, image length], a step takes from another picture: up to half of them, another share in each.

    No prompt has exactly the codes that training saw; without this a model looks for those and draws scrap below all others.
    """
    rates = PROMPT_NOISE * torch.rand(len(given), 1, generator=generator)
    return given & (torch.rand(given.shape, generator=generator) < rates)


class TransformerTask:
    """The loss of one step."""

    def __init__(self, model, data, codes, bpe, plan, batch):
        self.model, self.data, self.codes, self.bpe, self.plan, self.batch = model, data, codes, bpe, plan, batch
        self.noise = CaptionNoise(bpe, model.config.text_length - 1)

    def text_ids(self, indices, rng=None, caption=None):
        """Padded ids of one caption a scene; with a random generator, the caption, dropout and null are drawn."""
        rows = []
        for index in indices:
            captions = self.data.scenes[index].captions
            if rng is None:
                ids = self.bpe.encode(captions[0] if caption is None else caption)
            else:
                text = captions[rng.randrange(len(captions))]
                dropout = BPE_DROPOUT if rng.random() < DROPPED_CAPTIONS else 0.0
                ids = [] if rng.random() < CAPTION_DROPOUT else self.noise.encode(text, rng, dropout)
            rows.append(pad_text(ids, self.model.config))
        return torch.tensor(rows)

    def image_codes(self, indices):
        """Codes [B, image length] of scenes."""
        return torch.from_numpy(self.codes[indices].astype(np.int64))

    def given(self, indices):
        """Places [B, image length] of image prompts."""
        config = self.model.config
        places = prompt_places(config.rows, config.columns, config.palette_rows)
        return torch.tensor([is_prompted(self.data.scenes[index]) for index in indices])[:, None] & places

    def loss(self, model, indices, text_ids):
        """`Transformer.loss` of scenes as they are."""
        return model.loss(text_ids, self.image_codes(indices), given=self.given(indices))

    def __call__(self, step, generator):
        indices = self.plan.draw(self.batch, generator)
        rng = random.Random(int(torch.randint(2**31, (1,), generator=generator)))
        text_ids, codes, given = self.text_ids(indices, rng), self.image_codes(indices), self.given(indices)
        codes = torch.where(swapped(given, generator), codes.roll(1, 0), codes)
        with autocast():
            loss, text, image = self.model.loss(my_slice(text_ids), my_slice(codes), given=my_slice(given))
        return loss, {"text": text.item(), "image": image.item()}


@torch.no_grad()
def measure_losses(task, model, count=64):
    """Image loss in nats a token, on fixed scenes: by kind, on held-out pairs, and with the null caption."""
    data, numbers = task.data, {}
    wanted = [("train", "natural-white"), ("train", "tint-white"), ("train", "natural-background"), ("held-out", "tint-white")]
    others = sorted(set(task.plan.kinds) - {"natural-white", "tint-white", "natural-background", "tint-background"})
    wanted += [(split, kind) for kind in others for split in ("train", "held-out")]
    for split, kind in wanted:
        allowed = task.plan.keep(data.indices(split, kind))
        if not len(allowed):
            continue
        some = allowed[:: max(1, len(allowed) // count)][:count]
        with autocast():
            numbers[f"{split} {kind}"] = task.loss(model, some, task.text_ids(some))[2].item()
            if kind == "natural-white":
                null = task.text_ids(some, caption="")
                numbers[f"{split} {kind} null"] = task.loss(model, some, null)[2].item()
    return numbers


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="models/work/dataset")
    parser.add_argument("--codes", default="models/work/codes.npy")
    parser.add_argument("--tokenizer", default="models/work/tokenizer.json")
    parser.add_argument("--run", default="models/work/transformer")
    parser.add_argument("--size", default="starter", choices=SIZES)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--stop-at", type=int, help="stop early, to go on later")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--muon-lr", type=float, default=0.02)
    parser.add_argument("--adam-lr", type=float, default=2e-3)
    parser.add_argument("--layers", type=int, help="other than the size's; of a run that was deepened")
    parser.add_argument("--start-from", help="a weights folder whose transformer begins the run, with fresh optimisers and a schedule of its own")
    parser.add_argument("--attention", help="layouts by layer, comma-separated: dense, row, column, convolution")
    parser.add_argument("--wave", type=int, default=1, help="how many waves of concepts to train on")
    parser.add_argument("--shares", type=parse_shares, help="kind=share,…: how often a step sees each kind of scene")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    prepare_machine(args.threads)
    join_group()
    config = SIZES[args.size].transformer
    if args.layers:
        config = replace(config, layers=args.layers)
    if args.attention:
        config = replace(config, attention=tuple(args.attention.split(",")))
    data = PictureData(args.data)
    torch.manual_seed(2)
    model = read_transformer(args.start_from) if args.start_from else Transformer(config)
    if model.config != config:
        parser.error(f"{args.start_from} holds {model.config}, --size and --layers say {config}")
    train = TrainConfig(steps=args.steps, warmup=100, decay_from=0.35, final_rate=0.03, ema=0.99, ema_every=4, seed=2)
    optimizers = make_optimizers(model, is_of_a_layer, args.muon_lr, args.adam_lr, (0.9, 0.96), 0.01)
    trainer = Trainer(model, optimizers, train, args.run, about=config)
    trainer.resume()
    plan = SamplingPlan(data, "train", args.shares, args.wave)
    task = TransformerTask(model, data, np.load(args.codes), load_bpe(args.tokenizer), plan, args.batch)

    def report(step):
        if step % 250 == 0 or step == args.steps:
            trainer.log({"step": step, "sequences": step * args.batch, **measure_losses(task, trainer.ema)})

    trainer.run(task, args.stop_at, report)


if __name__ == "__main__":
    main()
