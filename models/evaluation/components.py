"""Counting what stands apart in a picture: connected components of whatever is not background."""

import torch
import torch.nn.functional as F

from .colors import object_mask


def label_components(mask):
    """[H, W] of bool to labels [H, W], 0 outside: every pixel takes the largest number it is connected to (8 neighbours)."""
    height, width = mask.shape
    labels = torch.arange(1, height * width + 1, dtype=torch.float32).view(height, width) * mask
    while True:
        grown = F.max_pool2d(labels[None, None], 3, 1, 1)[0, 0] * mask
        if torch.equal(grown, labels):
            return labels
        labels = grown


def find_objects(picture, background, gap=2, smallest=0.12):
    """Bounding boxes (left, top, right, bottom) of the objects of [3, S, S], largest first.

    Parts no further apart than `gap` pixels on each side belong together; what is smaller than `smallest` of the largest
    object is a crumb.
    """
    mask = object_mask(picture[None], background)[0]
    joined = F.max_pool2d(mask[None, None].float(), 2 * gap + 1, 1, gap)[0, 0] > 0
    labels = label_components(joined)
    areas = [(int(((labels == label) & mask).sum()), label) for label in labels.unique().tolist() if label > 0]
    areas = sorted((area, label) for area, label in areas if area > 12)[::-1]
    boxes = []
    for area, label in areas:
        if area < smallest * areas[0][0]:
            continue
        rows, columns = ((labels == label) & mask).nonzero().T
        boxes.append((int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1))
    return boxes


def crop(picture, box, background, share=0.84):
    """The object as the training pictures show one: square, centred, its longer side `share` of the picture."""
    left, top, right, bottom = box
    side = max(4, round(max(right - left, bottom - top) / share))
    canvas = torch.tensor(background).view(3, 1, 1).repeat(1, side, side)
    x, y = (side - (right - left)) // 2, (side - (bottom - top)) // 2
    canvas[:, y : y + bottom - top, x : x + right - left] = picture[:, top:bottom, left:right]
    return F.interpolate(canvas[None], size=picture.shape[1:], mode="bilinear", align_corners=False)[0]


def is_before(a, b, direction):
    """Whether box a lies left of (or above) box b, by their middles."""
    axis = 0 if direction == "horizontal" else 1
    return a[axis] + a[axis + 2] < b[axis] + b[axis + 2]
