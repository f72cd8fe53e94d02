"""Reads the data set written by models/dataset/build.ts and composes its scenes into pixels.

A scene is a recipe (background, cut-outs with place and size, captions), so pictures are composed when needed.
"""

import copy
import json
import math
import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F


# The tint that fewest icons have by nature, in themselves or in a detail.
KEY_TINT = "purple"
FULL_FRAME = {"x": 0.5, "y": 0.5, "size": 1}  # the place of an object that fills the picture


@dataclass(frozen=True)
class Scene:
    """A picture as a recipe, as models/dataset/scenes.ts writes it. Centres and sizes are shares of the picture's side."""

    kind: str
    split: str
    background: str
    objects: tuple  # of dicts: cutout, x, y, size
    captions: tuple


def hex_to_unit(color):
    """ "#rrggbb" as three numbers in [0, 1]."""
    return [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]


class PictureData:
    """Scenes of a data set folder and their pixels; with `side`, all of them made smaller once and kept beside the originals."""

    def __init__(self, folder, side=None):
        folder = Path(folder)
        description = json.loads((folder / "dataset.json").read_text())
        self.side = description["side"]
        self.cutouts = description["cutouts"]
        self.concepts = {concept["id"]: concept for concept in description["concepts"]}
        self.tints = description["tints"]
        self.backgrounds = {name: hex_to_unit(color) for name, color in description["backgrounds"].items()}
        shape = (len(self.cutouts), self.side, self.side, 4)
        self.pixels = np.memmap(folder / "cutouts.rgba", np.uint8, "r", shape=shape)
        untreated = [(index, label) for index, label in enumerate(self.cutouts) if "treatment" not in label]
        self.natural_cutouts = {(l["concept"], l["style"]): index for index, l in untreated if l["tint"] is None}
        key_cutouts = {(l["concept"], l["style"]): index for index, l in untreated if l["tint"] == KEY_TINT}
        self.neutral_cutouts = {**self.natural_cutouts, **key_cutouts}
        with open(folder / "scenes.jsonl", encoding="utf-8") as lines:
            self.scenes = [read_scene(json.loads(line)) for line in lines]
        self.folder = folder
        if side is not None:
            self.resize(side)

    def resize(self, side):
        """Makes the pictures of this object smaller from here on."""
        if side != self.side:
            self.pixels = shrink_cutouts(self.pixels, side, self.folder / f"cutouts-{side}.rgba")
            self.side = side

    def at(self, side):
        """The same scenes, in pictures of another side."""
        other = copy.copy(self)
        other.resize(side)
        return other

    def indices(self, split, kind=None):
        """Indices of the scenes of a split, optionally of one kind."""
        return np.array(
            [i for i, scene in enumerate(self.scenes) if scene.split == split and kind in (None, scene.kind)], np.int64
        )

    def cutout_of(self, scene_index):
        """Label of the front object of a scene."""
        return self.cutouts[self.scenes[scene_index].objects[-1]["cutout"]]

    def background_colors(self, scenes):
        """[B, 3] in [0, 1]."""
        return torch.tensor([self.backgrounds[scene.background] for scene in scenes])

    def compose(self, scene_indices):
        """Pictures of the scenes with these indices: [B, 3, side, side] in [0, 1]."""
        return self.draw([self.scenes[i] for i in scene_indices])

    def neutral(self, scene):
        """The scene whose codes stand for the shapes of this one: on white, what the palette paints in the key tint.

        As a green screen does for film, the key tint marks the part of an object that the palette paints; what cannot be tinted
        keeps its colours. The palette has one main colour, so of several kinds of object only a tinted one is painted: one
        colour could not be that of two.
        """
        labels = [self.cutouts[placed["cutout"]] for placed in scene.objects]
        kinds = {(label["concept"], label["tint"]) for label in labels}
        tinted = {kind for kind in kinds if kind[1] is not None}
        painted = kinds if len(kinds) == 1 else tinted if len(tinted) == 1 else set()
        if scene.kind == "prompted-colour":  # the picture above is given in the colours it has
            painted = {(labels[-1]["concept"], labels[-1]["tint"])}
        if any("treatment" in label for label in labels):
            painted = set()
        return replace(self.exchange(scene, painted, self.neutral_cutouts), background="white")

    def exchange(self, scene, kinds, cutouts):
        """The scene with other cut-outs for its objects of these (concept, tint) pairs."""
        labels = [self.cutouts[placed["cutout"]] for placed in scene.objects]
        objects = tuple(
            {**placed, "cutout": cutouts[label["concept"], label["style"]]} if (label["concept"], label["tint"]) in kinds else placed
            for placed, label in zip(scene.objects, labels)
        )
        return replace(scene, objects=objects)

    def draw_neutral(self, scenes):
        """The neutral pictures and the same in natural colours, each [B, 3, side, side].

        Where they differ is what the palette's main colour paints, whatever that colour is.
        """
        neutral = [self.neutral(scene) for scene in scenes]
        keys = {(concept, KEY_TINT) for concept in self.concepts}
        return self.draw(neutral), self.draw([self.exchange(scene, keys, self.natural_cutouts) for scene in neutral])

    def draw(self, scenes, colors=None):
        """Pictures of scenes, [B, 3, side, side] in [0, 1]; `colors` [B, 3] take the place of their backgrounds."""
        colors = self.background_colors(scenes) if colors is None else colors
        canvas = colors[:, :, None, None].repeat(1, 1, self.side, self.side)
        if all(is_full_frame(scene) for scene in scenes):
            stack = np.stack([self.pixels[scene.objects[0]["cutout"]] for scene in scenes])  # [B, S, S, 4]
            return blend(canvas, torch.from_numpy(stack).permute(0, 3, 1, 2).float() / 255)
        for row, scene in zip(canvas, scenes):
            for placed in scene.objects:
                self.paste(row, placed)
        return canvas

    def paste(self, canvas, placed):
        """Draws one object onto [3, S, S] in place; parts outside the picture are cut off."""
        size = max(1, round(placed["size"] * self.side))
        cutout = torch.from_numpy(np.array(self.pixels[placed["cutout"]])).permute(2, 0, 1)[None].float() / 255
        cutout[:, :3] *= cutout[:, 3:]  # premultiply, or transparent pixels bleed into the edges
        cutout = F.interpolate(cutout, size=(size, size), mode="area")[0]
        left, top = round(placed["x"] * self.side - size / 2), round(placed["y"] * self.side - size / 2)
        x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + size, self.side), min(top + size, self.side)
        if x0 >= x1 or y0 >= y1:
            return
        part = cutout[:, y0 - top : y1 - top, x0 - left : x1 - left]
        region = canvas[:, y0:y1, x0:x1]
        region.mul_(1 - part[3:]).add_(part[:3])


def shrink_cutouts(pixels, side, path, batch=64):
    """Area-averages straight-alpha [N, S, S, 4] to [N, side, side, 4] in a file that is written once."""
    shape = (len(pixels), side, side, 4)
    if not path.exists() or path.stat().st_size != math.prod(shape):
        partial = path.with_suffix(".partial")
        small = np.memmap(partial, np.uint8, "w+", shape=shape)
        for start in range(0, len(pixels), batch):
            rgba = torch.from_numpy(np.array(pixels[start : start + batch])).permute(0, 3, 1, 2).float()
            rgba[:, :3] *= rgba[:, 3:] / 255  # premultiply, or transparent pixels bleed into the edges
            rgba = shrink(rgba, side)
            rgba[:, :3] /= (rgba[:, 3:] / 255).clamp(min=1e-3)
            small[start : start + batch] = rgba.round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
        small.flush()
        os.replace(partial, path)
    return np.memmap(path, np.uint8, "r", shape=shape)


def read_scene(line):
    """A Scene of a line of scenes.jsonl."""
    objects = tuple(line["objects"])
    return Scene(line["kind"], line["split"], line["background"], objects, tuple(line["captions"]))


def single_object_scene(cutout, background="white"):
    """A cut-out that fills the picture, apart from any data set."""
    return Scene("single", "", background, ({"cutout": cutout, **FULL_FRAME},), ())


def is_full_frame(scene):
    """One object that fills the picture: needs no resizing."""
    return len(scene.objects) == 1 and scene.objects[0].items() >= FULL_FRAME.items()


def some_at_random(colors, share, generator):
    """Colours [B, 3], of which `share` are drawn anew, evenly in [0, 1]."""
    is_random = torch.rand(len(colors), 1, generator=generator) < share
    return torch.where(is_random, torch.rand(len(colors), 3, generator=generator), colors)


def psnr(drawn, pictures):
    """Decibels of each pair of two [B, 3, S, S] in [0, 1]: [B], 100 where they are equal."""
    return -10 * torch.log10((drawn - pictures).square().mean((1, 2, 3)).clamp(min=1e-10))


def blend(canvas, rgba):
    """Straight-alpha `rgba` [B, 4, S, S] over `canvas` [B, 3, S, S]."""
    return torch.lerp(canvas, rgba[:, :3], rgba[:, 3:])


def shrink(pictures, side):
    """Area-averages [B, 3, S, S] to the side the encoder reads."""
    return pictures if pictures.shape[-1] == side else F.interpolate(pictures, size=(side, side), mode="area")
