"""Writes the codes of every scene: `python3 -m models.training.encode_pictures [--data DIR] [--dvae RUN] [--out FILE]`.

Codes are by argmax, without Gumbel noise (section 2.2). With a palette, shapes are those of the neutral picture, so that an
object has the same codes in every colour, and the colours are the true ones. The upper half of prompted panels is that of a
drawn picture (see image_prompts.py). The file is a NumPy array [scenes, rows·columns] of int16. With --from, codes of the first
scenes are taken from another such file, of a data set that begins with the same scenes.
"""

import argparse

import numpy as np
import torch

from .dvae import grid_of, token_rows_of
from .image_prompts import alone, as_prompts, is_prompted, prompt_places
from .machine import autocast, prepare_machine
from .pictures import PictureData, shrink
from .train_dvae import load_dvae


class SceneEncoder:
    """Codes of scenes; drawn pictures are kept, at half their size, for the next scene that shows them."""

    def __init__(self, model, data):
        self.model, self.data, self.drawn = model, data, {}
        self.rows, columns = token_rows_of(model.config), grid_of(model.config)
        self.prompt = prompt_places(self.rows, columns, self.rows - columns)

    @torch.no_grad()
    def encode(self, scenes):
        """[B, palette positions + rows·columns]."""
        with autocast():
            codes = self.encode_composed(scenes)
            prompted = [i for i, scene in enumerate(scenes) if is_prompted(scene)]
            if prompted:
                given = self.encode_prompts([scenes[i] for i in prompted])
                codes[prompted] = torch.where(self.prompt, given, codes[prompted])
        return codes

    def encode_composed(self, scenes):
        """Codes of the scenes' own pictures, as `encode` gives them where nothing is prompted."""
        data, model = self.data, self.model
        if model.palette is None:
            return model.encode(data.draw(scenes))
        neutral, natural = data.draw_neutral(scenes)
        small = (shrink(pictures, 48) for pictures in (data.draw(scenes), neutral, natural))
        return model.encode(neutral, model.palette.true_values(*small, data.background_colors(scenes)))

    def encode_prompts(self, scenes):
        """Codes of the pictures that show the upper object of each scene as people give it (image_prompts.py)."""
        tops = [alone(scene) for scene in scenes]
        missing = {key_of(top): top for top in tops if key_of(top) not in self.drawn}
        if missing:
            codes = self.encode_composed(list(missing.values()))
            halves = shrink(self.model.decode(codes, self.rows).float(), self.model.config.picture_side // 2)
            self.drawn.update(zip(missing, (halves * 255).round().byte()))
        halves = torch.stack([self.drawn[key_of(top)] for top in tops]).float() / 255
        return self.model.encode(as_prompts(halves, self.data.background_colors(scenes), self.data.side))

def key_of(top):
    """What tells the picture of one object from another."""
    return top.objects[0]["cutout"], top.background


def encode_scenes(model, data, scenes, batch=64):
    """NumPy array [scenes, palette positions + rows·columns] of int16."""
    encoder = SceneEncoder(model, data)
    parts = [encoder.encode(scenes[start : start + batch]) for start in range(0, len(scenes), batch)]
    return torch.cat(parts).short().numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="models/work/dataset")
    parser.add_argument("--dvae", default="models/work/dvae")
    parser.add_argument("--out", default="models/work/codes.npy")
    parser.add_argument("--from", dest="known", metavar="FILE", help="codes of the first scenes")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    prepare_machine(args.threads)
    model = load_dvae(args.dvae)
    data = PictureData(args.data, model.config.encoder_side)
    known = [np.load(args.known)] if args.known else []
    codes = np.concatenate([*known, encode_scenes(model, data, data.scenes[sum(map(len, known)) :])])
    np.save(args.out, codes)
    print(f"{codes.shape[0]} scenes, {len(np.unique(codes))} different codes")


if __name__ == "__main__":
    main()
