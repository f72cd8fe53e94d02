"""Teaches a dVAE's encoder the codes that a transformer knows: `python3 -m models.training.settle_encoder --weights DIR --data DIR --out DIR`.

A codebook has codes that mean nearly the same, and rounding decides between them: the codes of training (bfloat16) and those that the studio reads
(float16 weights, float32 sums) then differ where a decoder sees no difference, and a transformer does. Here the transformer says which it knows:
pictures are drawn from its tokens, in the colours they have and in others, and the encoder learns to read those tokens from them. Pictures
of the data set hold it to what it read before, up to such near ties. The decoder and the transformer stay as they are.
"""

import argparse
import copy
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .config import TrainConfig
from .machine import autocast, prepare_machine
from .optimizers import make_optimizers
from .pictures import PictureData, shrink
from .safetensors import write_safetensors
from .sampler import read_sampling, sample
from .sampling_plan import SamplingPlan, parse_shares
from .train_dvae import is_hidden_convolution
from .trainer import Trainer
from .transformer import pad_text
from .weights import FoldedQuantizer, dvae_tensors, read_weights

PICTURES_OF_DATA = 1 / 3  # of a batch
HELD_OUT = 8  # one drawn picture in so many is for the figures only
TIE = 0.25  # what two codes may differ by and still count as the same to the encoder that was


@torch.no_grad()
def draw_tokens(weights, data, plan, count, generator, batch=64):
    """Tokens [count, rows·columns] that the transformer draws for captions of the plan: the pack's settings, but no guidance, which costs as much again."""
    transformer = weights.transformer
    config = replace(read_sampling(weights.description["sampling"]), guidance_scale=1.0)
    parts = []
    for start in range(0, count, batch):
        scenes = [data.scenes[i] for i in plan.draw(min(batch, count - start), generator)]
        captions = [s.captions[int(torch.randint(len(s.captions), (), generator=generator))] for s in scenes]
        ids = torch.tensor([pad_text(weights.bpe.encode(caption), transformer.config) for caption in captions])
        with autocast():
            parts.append(sample(transformer, ids, config, generator)[0])
    return torch.cat(parts)


def in_other_colors(tokens, colors, generator):
    """Half of the pictures [B, T] with the palette, their first `colors` tokens, of another one: shapes keep their codes."""
    exchanged = torch.rand(len(tokens), 1, generator=generator) < 0.5
    palettes = tokens[torch.randperm(len(tokens), generator=generator), :colors]
    return torch.cat([torch.where(exchanged, palettes, tokens[:, :colors]), tokens[:, colors:]], 1)


@torch.no_grad()
def draw_pictures(dvae, tokens, rows, batch=32):
    """Pictures of tokens as the encoder is given them: [B, 3, encoder side, encoder side] of bytes."""
    side, parts = dvae.config.encoder_side, []
    for some in tokens.split(batch):
        with autocast():
            pictures = dvae.decode(some, rows).float()
        parts.append((shrink(pictures, side) * 255).round().byte())
    return torch.cat(parts)


class Reader(nn.Module):
    """The encoder with its output: pictures [B, 3, S, S] to logits [B, places, codes], in float32 sums as the studio's."""

    def __init__(self, dvae):
        super().__init__()
        self.encoder = copy.deepcopy(dvae.encoder)
        self.weight, self.bias = (nn.Parameter(part.clone()) for part in dvae.quantizer.logit_head())

    def forward(self, pictures):
        """[B, 3, S, S] in [0, 1] to [B, places, codes]."""
        features = self.encoder(pictures.contiguous(memory_format=torch.channels_last))
        return F.linear(features.float().flatten(2).transpose(1, 2), self.weight, self.bias)


def keeping_loss(logits, before):
    """Cross-entropy to what the encoder read before, [B, places, codes] both, where codes within TIE of its best are one."""
    allowed = before >= before.amax(-1, keepdim=True) - TIE
    return -(logits.log_softmax(-1).masked_fill(~allowed, -torch.inf).logsumexp(-1)).mean()


@torch.no_grad()
def agreement(reader, pictures, codes, batch=64):
    """Share of places at which the code that was drawn is read."""
    read = [reader(some.float() / 255).argmax(-1) for some in pictures.split(batch)]
    return (torch.cat(read) == codes).float().mean().item()


class SettlingTask:
    """The loss of one step: codes of drawn pictures, and what was read of the data's before."""

    def __init__(self, reader, before, drawn, data, plan, batch):
        self.reader, self.before, self.drawn, self.data, self.plan = reader, before, drawn, data, plan
        self.of_data = int(batch * PICTURES_OF_DATA)
        self.of_drawn = batch - self.of_data

    def __call__(self, step, generator):
        pictures, codes = self.drawn
        chosen = torch.randint(len(codes), (self.of_drawn,), generator=generator)
        real = self.data.compose(self.plan.draw(self.of_data, generator))
        with torch.no_grad():
            known = self.before(real)  # in float32: bfloat16 would itself decide between near ties
        with autocast():
            logits = self.reader(torch.cat([pictures[chosen].float() / 255, real])).float()
        read, kept = logits.split([self.of_drawn, self.of_data])
        loss = F.cross_entropy(read.flatten(0, 1), codes[chosen].flatten())
        keeping = keeping_loss(kept, known)
        return loss + keeping, {"drawn": loss.item(), "keeping": keeping.item()}


def pictures_and_codes(weights, tokens, generator):
    """What the tokens look like, in their own colours and in others', with the codes of their places; and which are held out."""
    first = weights.dvae.config.palette_positions
    if first:
        tokens = torch.cat([tokens, in_other_colors(tokens, first, generator)])
    # The same for both colours of a picture, as long as their number is a multiple of it.
    is_held = torch.arange(len(tokens)) % HELD_OUT == 0
    return draw_pictures(weights.dvae, tokens, weights.transformer.config.rows), tokens[:, first:], is_held


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True, help="a weights folder")
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True, help="the weights folder that is written: the same with another encoder")
    parser.add_argument("--drawn", help="a file that keeps the drawn tokens, used again when it is there")
    parser.add_argument("--count", type=int, default=3072, help="pictures to draw")
    parser.add_argument("--run", required=True, help="folder of the run, which goes on from its last checkpoint")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--muon-lr", type=float, default=0.01)
    parser.add_argument("--adam-lr", type=float, default=7e-4)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--shares", type=parse_shares)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    prepare_machine(args.threads)
    weights, data = read_weights(args.weights), PictureData(args.data)
    data.resize(weights.dvae.config.encoder_side)
    plan = SamplingPlan(data, "train", args.shares)
    if args.drawn and Path(args.drawn).exists():
        tokens = torch.from_numpy(np.load(args.drawn).astype(np.int64))
    else:
        tokens = draw_tokens(weights, data, plan, args.count, torch.Generator().manual_seed(5))
        if args.drawn:
            np.save(args.drawn, tokens.short().numpy())
    pictures, codes, is_held = pictures_and_codes(weights, tokens, torch.Generator().manual_seed(3))
    reader = Reader(weights.dvae).to(memory_format=torch.channels_last)
    optimizers = make_optimizers(reader, is_hidden_convolution, args.muon_lr, args.adam_lr, (0.9, 0.99))
    train = TrainConfig(steps=args.steps, decay_from=0.4, final_rate=0.01, seed=3)
    trainer = Trainer(reader, optimizers, train, args.run)
    trainer.resume()
    before = Reader(weights.dvae).requires_grad_(False)
    task = SettlingTask(reader, before, (pictures[~is_held], codes[~is_held]), data, plan, args.batch)

    def report(step):
        if step % 200 == 0 or step in (1, args.steps):
            trainer.log({"step": step, "agreement": agreement(reader, pictures[is_held], codes[is_held])})

    trainer.run(task, on_step=report)
    dvae = weights.dvae
    dvae.encoder.load_state_dict(reader.encoder.state_dict())
    dvae.quantizer = FoldedQuantizer(reader.weight.detach(), reader.bias.detach(), dvae.quantizer.decoder_codebook())
    out = Path(args.out)
    shutil.copytree(args.weights, out, dirs_exist_ok=True)
    write_safetensors(out / "dvae.safetensors", dvae_tensors(weights.dvae))
    print(f"wrote {out}")


if __name__ == "__main__":
    main()
