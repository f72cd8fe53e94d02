"""What sketches and two-panel pictures show: "a sketch of a cat", "the exact same car on the top in red on the bottom".

The judge has seen no sketches, so a sketch is named by the real sketch it correlates with most, on thumbnails.
"""

import torch

from models.training.pictures import Scene, shrink

from .colors import object_colors, to_oklab
from .components import crop, find_objects, is_before

THUMBNAIL = 32
COLORLESS = 0.05  # largest mean OKLab chroma of a drawing in ink; pale tints begin at about 0.08


def sketch_looks(data):
    """Concepts and standardised thumbnails [n, 32·32] of every real sketch."""
    found = [(i, label["concept"]) for i, label in enumerate(data.cutouts) if label.get("treatment") == "sketch"]
    whole = {"x": 0.5, "y": 0.5, "size": 1}
    scenes = [Scene("treatment-sketch", "train", "white", ({"cutout": index, **whole},), ()) for index, _ in found]
    small = torch.cat([thumbnails(data.draw(scenes[i : i + 64])) for i in range(0, len(scenes), 64)])
    return [concept for _, concept in found], small


def thumbnails(pictures):
    """[B, 3, S, S] to grey [B, 32·32] of mean 0 and length 1, so that a faint line counts like a dark one."""
    grey = shrink(pictures, THUMBNAIL).mean(1).flatten(1)
    grey = grey - grey.mean(1, keepdim=True)
    return grey / grey.norm(dim=1, keepdim=True).clamp(min=1e-6)


def are_sketches_right(pictures, question, looks):
    """Colourless, and of all real sketches one of the asked object is the nearest."""
    concepts, small = looks
    chroma = to_oklab(pictures)[:, 1:].norm(dim=1).mean((1, 2))
    nearest = (thumbnails(pictures) @ small.T).argmax(1)
    return [
        concepts[index] == question["concepts"][0] and is_grey
        for index, is_grey in zip(nearest.tolist(), (chroma < COLORLESS).tolist())
    ]


def are_panels_right(picture, question, background, name):
    """The object above, the same below in the colour asked for; `name` gives the likeliest concepts of each of some pictures."""
    boxes = find_objects(picture, background)[:2]
    if len(boxes) < 2:
        return False
    top, bottom = boxes if is_before(*boxes, "vertical") else boxes[::-1]
    crops = torch.stack([crop(picture, box, background) for box in (top, bottom)])
    return (
        is_before(top, bottom, "vertical")
        and all(concept in names for concept, names in zip(question["concepts"], name(crops)))
        and object_colors(crops[1:], background) == [question["color"]]
    )
