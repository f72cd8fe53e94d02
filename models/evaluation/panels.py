"""What treatments and two-panel pictures show: "a sketch of a cat", "the exact same car on the top in red on the bottom".

The judge has seen no treated pictures, so one is named by the real picture of that treatment which it correlates with most, on
thumbnails.
"""

from typing import NamedTuple

import torch

from models.training.pictures import shrink, single_object_scene

from .colors import object_colors, to_oklab
from .components import crop, find_objects, is_before

THUMBNAIL = 32
COLORLESS = 0.05  # largest mean OKLab chroma of a drawing in ink; pale tints begin at about 0.08
TURNED = ("mirrored", "upside-down")  # treatments that keep the colours and turn the picture


class Looks(NamedTuple):
    """What every real picture of a treatment looks like; of a turned one also those that are not turned, as no concept's."""

    concepts: list  # of str or None, n
    small: torch.Tensor  # standardised thumbnails [n, 32·32]
    is_colorless: bool


def treated_looks(data, treatment):
    """The `Looks` of a treatment."""
    is_turned = treatment in TURNED
    found = [(i, label["concept"]) for i, label in enumerate(data.cutouts) if label.get("treatment") == treatment]
    if is_turned:
        found += [(i, None) for i in data.natural_cutouts.values()]
    scenes = [single_object_scene(index) for index, _ in found]
    small = torch.cat([thumbnails(data.draw(scenes[i : i + 64])) for i in range(0, len(scenes), 64)])
    return Looks([concept for _, concept in found], small, not is_turned)


def thumbnails(pictures):
    """[B, 3, S, S] to grey [B, 32·32] of mean 0 and length 1, so that a faint line counts like a dark one."""
    grey = shrink(pictures, THUMBNAIL).mean(1).flatten(1)
    grey = grey - grey.mean(1, keepdim=True)
    return grey / grey.norm(dim=1, keepdim=True).clamp(min=1e-6)


def are_treated_right(pictures, concept, looks):
    """Of all real pictures of that treatment (`looks`) one of the asked object is the nearest; colourless where the treatment is."""
    chroma = to_oklab(pictures)[:, 1:].norm(dim=1).mean((1, 2))
    fits = chroma < COLORLESS if looks.is_colorless else torch.ones_like(chroma, dtype=torch.bool)
    nearest = (thumbnails(pictures) @ looks.small.T).argmax(1)
    return [looks.concepts[index] == concept and fit for index, fit in zip(nearest.tolist(), fits.tolist())]


def are_panels_right(picture, question, background, name, looks=None):
    """The object above, below the same in the colour or by the treatment asked for.

    `name` gives the likeliest concepts of each of some pictures; `looks` as `treated_looks` of the treatment, if there is one.
    """
    boxes = find_objects(picture, background)[:2]
    if len(boxes) < 2:
        return False
    top, bottom = boxes if is_before(*boxes, "vertical") else boxes[::-1]
    if not is_before(top, bottom, "vertical"):
        return False
    above, below = (crop(picture, box, background)[None] for box in (top, bottom))
    first, second = question["concepts"]
    if first not in name(above)[0]:
        return False
    if question["treatment"] is not None:
        return are_treated_right(below, second, looks)[0]
    return second in name(below)[0] and object_colors(below, background) == [question["color"]]
