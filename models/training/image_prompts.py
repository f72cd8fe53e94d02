"""Panels under a picture that is there already ("prompted-…" scenes): what a picture of this pack looks like as an image prompt.

People give a picture that the dVAE drew, at half its size, and it is encoded again. Its codes are near those of the clean icon,
but not the same, and a model that has only seen clean ones draws scrap below them. So the upper half of these scenes is encoded
from a drawn picture, and is read by the model without being scored.
"""

import torch

from .pictures import shrink, single_object_scene


def is_prompted(scene):
    """Whether the upper half of the scene is an image prompt."""
    return scene.kind.startswith("prompted-")


def prompt_places(rows, columns, palette_rows):
    """Which of the image tokens are the prompt's: [rows·columns] of bool, true in the upper half of the grid, false in the palette."""
    places = torch.zeros(rows, columns, dtype=torch.bool)
    places[palette_rows : palette_rows + (rows - palette_rows) // 2] = True
    return places.flatten()


def alone(scene):
    """The upper object of a scene by itself, filling the picture."""
    return single_object_scene(scene.objects[0]["cutout"], scene.background)


def as_prompts(halves, backgrounds, side):
    """Pictures at half their size, [B, 3, S, S], in the upper half of pictures [B, 3, side, side] on backgrounds [B, 3]."""
    half = halves.shape[-1]
    canvas = backgrounds[:, :, None, None].repeat(1, 1, 2 * half, 2 * half)
    canvas[:, :, :half, half // 2 : half // 2 + half] = halves
    return shrink(canvas, side)
