"""Colours measured from pixels, so no network can flatter the model. OKLab: Björn Ottosson, 2020."""

import torch

# The tints of models/dataset/color.ts as OKLCH, and the three greys.
PROTOTYPES = {
    "red": (0.6, 0.22, 27), "orange": (0.74, 0.17, 58), "yellow": (0.87, 0.17, 95), "green": (0.65, 0.18, 145),
    "blue": (0.58, 0.18, 255), "purple": (0.54, 0.2, 305), "pink": (0.78, 0.13, 355), "brown": (0.47, 0.08, 52),
    "white": (0.97, 0, 0), "gray": (0.7, 0, 0), "black": (0.2, 0, 0),
}  # fmt: skip
GREYS = ("white", "gray", "black")


def to_oklab(pictures):
    """[B, 3, H, W] of sRGB in [0, 1] to OKLab, the same shape."""
    linear = torch.where(pictures <= 0.04045, pictures / 12.92, ((pictures.clamp(min=0) + 0.055) / 1.055) ** 2.4)
    cones = torch.tensor(
        [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
         [0.0883024619, 0.2817188376, 0.6299787005]]
    )  # fmt: skip
    lab = torch.tensor(
        [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
         [0.0259040371, 0.7827717662, -0.8086757660]]
    )  # fmt: skip
    roots = torch.einsum("ij,bjhw->bihw", cones, linear).clamp(min=0) ** (1 / 3)
    return torch.einsum("ij,bjhw->bihw", lab, roots)


def prototype_points():
    """Names and their OKLab points [n, 3]."""
    lightness, chroma, hue = torch.tensor(list(PROTOTYPES.values())).T
    angle = torch.deg2rad(hue)
    return list(PROTOTYPES), torch.stack([lightness, chroma * angle.cos(), chroma * angle.sin()], 1)


def object_mask(pictures, background):
    """Pixels that differ from the background the prompt asked for: [B, H, W] of bool."""
    color = torch.tensor(background).view(1, 3, 1, 1)
    return (pictures - color).abs().amax(1) > 0.15


def object_colors(pictures, background):
    """Name of the colour that covers most of each object, or None where there is no object.

    Hue decides before lightness, as in the eye: a pixel counts for the nearest tint unless it is nearly grey.
    """
    names, points = prototype_points()
    weight = torch.tensor([0.35, 1.0, 1.0]).view(1, 3)  # shadows and highlights keep their name
    lab = to_oklab(pictures).permute(0, 2, 3, 1)  # [B, H, W, 3]
    mask = object_mask(pictures, background)
    found = []
    for pixels, inside in zip(lab, mask):
        if inside.sum() < 30:
            found.append(None)
            continue
        nearest = torch.cdist(pixels[inside] * weight, points * weight).argmin(1)
        counts = torch.bincount(nearest, minlength=len(names))
        for grey in GREYS:  # outlines, eyes and wheels do not name an object unless nothing else does
            counts[names.index(grey)] //= 3
        found.append(names[int(counts.argmax())])
    return found


def background_names(pictures, backgrounds):
    """Nearest named background of the four corners' mean."""
    names = list(backgrounds)
    points = torch.tensor([backgrounds[name] for name in names])
    size = max(2, pictures.shape[-1] // 24)
    edge = torch.cat([pictures[..., :size], pictures[..., -size:]], 3)
    corners = torch.cat([edge[:, :, :size], edge[:, :, -size:]], 2).mean((2, 3))
    return [names[i] for i in torch.cdist(corners, points).argmin(1).tolist()]
