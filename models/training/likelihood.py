"""What the decoder is asked to maximise: the paper's logit-Laplace likelihood, or L1 + L2 on plain pixels."""

import torch
import torch.nn.functional as F

EPSILON = 0.1  # appendix A.3: pixels enter as (1 - 2ε)·x + ε


def to_logit_laplace(pictures):
    """Pictures in [0, 1] away from both ends, where the logit is infinite."""
    return (1 - 2 * EPSILON) * pictures + EPSILON


def from_logit_laplace(output):
    """Decoder output [B, 6, S, S] (μ, ln b) to pictures in [0, 1]."""
    return ((torch.sigmoid(output[:, :3]) - EPSILON) / (1 - 2 * EPSILON)).clamp(0, 1)


def logit_laplace_loss(output, pictures):
    """-ln f(x | μ, b) with f = 1 / (2b·x(1-x)) · exp(-|logit(x) - μ| / b), averaged over pixels and channels."""
    mu, log_b = output.chunk(2, 1)
    log_b = log_b.clamp(-6, 4)
    x = to_logit_laplace(pictures)
    return ((torch.logit(x) - mu).abs() * torch.exp(-log_b) + log_b + torch.log(2 * x * (1 - x))).mean()


def unit_loss(output, pictures):
    """L1 + L2: L2 counts in decibels, L1 keeps edges crisp."""
    return F.l1_loss(output, pictures) + 2 * F.mse_loss(output, pictures)


def reconstruction_loss(pixels, output, pictures):
    """The loss of `DvaeConfig.pixels` of raw outputs [B, 3 or 6, S, S] to pictures [B, 3, S, S]."""
    return logit_laplace_loss(output, pictures) if pixels == "logit-laplace" else unit_loss(output, pictures)
