"""Attention masks (appendix B, figure 11). Text is always visible to image positions; text-to-text is causal."""

import torch

LAYOUTS = ("dense", "row", "column", "convolution")


def image_mask(layout, rows, columns, kernel=11):
    """Which earlier image position j (second axis) an image position i sees: [N, N] of bool."""
    if layout not in LAYOUTS:
        raise ValueError(f"attention layout {layout!r} is not one of {', '.join(LAYOUTS)}")
    positions = torch.arange(rows * columns)
    distance = positions[:, None] - positions[None, :]  # i - j
    causal = distance >= 0
    if layout == "row":  # back to the same column one row up: 33 positions on the paper's 32 columns
        return causal & (distance <= columns)
    if layout == "column":
        return causal & (distance % columns == 0)
    if layout == "convolution":  # a kernel×kernel window, wrapping around in raster order
        half = kernel // 2
        in_window = [(distance - up * columns).abs() <= half for up in range(half + 1)]
        return causal & torch.stack(in_window).any(0)
    return causal


def sequence_mask(layout, config):
    """[length, length] of bool over text then image positions; True where attention is allowed."""
    text, length = config.text_length, config.length
    mask = torch.ones(length, length).tril().bool()
    mask[text:, text:] = image_mask(layout, config.rows, config.columns, config.convolution_kernel)
    return mask
