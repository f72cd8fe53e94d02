"""Writes the codes of every scene: `python3 -m models.training.encode_pictures [--data DIR] [--dvae RUN] [--out FILE]`.

Codes are by argmax, without Gumbel noise (section 2.2). With a palette, shapes are those of the neutral picture, so that an
object has the same codes in every colour, and the colours are the true ones. The file is a NumPy array [scenes, rows·columns] of int16.
"""

import argparse

import numpy as np
import torch

from .machine import autocast, prepare_machine
from .pictures import PictureData, shrink
from .train_dvae import load_dvae


@torch.no_grad()
def encode_scenes(model, data, batch=64):
    parts = []
    for start in range(0, len(data.scenes), batch):
        scenes = data.scenes[start : start + batch]
        with autocast():
            if model.palette is None:
                codes = model.encode(data.draw(scenes))
            else:
                neutral, natural = data.draw_neutral(scenes)
                backgrounds = torch.tensor([data.backgrounds[scene.background] for scene in scenes])
                small = (shrink(pictures, 48) for pictures in (data.draw(scenes), neutral, natural))
                codes = model.encode(neutral, model.palette.true_values(*small, backgrounds))
        parts.append(codes.short().numpy())
    return np.concatenate(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="models/work/dataset")
    parser.add_argument("--dvae", default="models/work/dvae")
    parser.add_argument("--out", default="models/work/codes.npy")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    prepare_machine(args.threads)
    model = load_dvae(args.dvae)
    codes = encode_scenes(model, PictureData(args.data, model.config.encoder_side))
    np.save(args.out, codes)
    print(f"{codes.shape[0]} scenes, {len(np.unique(codes))} different codes")


if __name__ == "__main__":
    main()
