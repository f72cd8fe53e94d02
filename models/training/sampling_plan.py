"""Which scene a training step sees: a share for every kind, inside a kind every scene alike."""

import math

import numpy as np
import torch

DEFAULT_SHARES = {"natural-white": 0.44, "tint-white": 0.3, "natural-background": 0.16, "tint-background": 0.1}


def parse_shares(text):
    """ "natural-white=0.4,tint-white=0.6" as a dict; ValueError where it is not written so. Shares need not add up to 1."""
    return {kind: float(share) for kind, share in (part.split("=") for part in text.split(","))}


class SamplingPlan:
    """Draws scene indices: kind by its share, then uniformly inside the kind; concepts of waves after `wave` are left out.

    ValueError where `shares` name a kind that the data has in no split, or nothing is left to draw.
    """

    def __init__(self, data, split, shares=None, wave=math.inf):
        kinds = {scene.kind for scene in data.scenes}
        if shares is not None and not kinds >= set(shares):
            raise ValueError(f"the data has no scenes of {', '.join(sorted(set(shares) - kinds))}; it has {', '.join(sorted(kinds))}")
        shares = DEFAULT_SHARES if shares is None else shares
        self.data, self.wave = data, wave
        pools = {kind: self.keep(data.indices(split, kind)) for kind in shares}
        self.pools = {kind: pool for kind, pool in pools.items() if len(pool)}
        if not self.pools:
            raise ValueError(f"no scene of split {split!r} is of kind {' or '.join(shares)}")
        self.kinds = list(self.pools)
        self.weights = torch.tensor([float(shares[kind]) for kind in self.kinds])

    def keep(self, indices):
        """Those scenes whose concept belongs to the waves in training."""
        data = self.data
        waves = [data.concepts[data.cutout_of(index)["concept"]].get("wave", 1) for index in indices]
        return indices[np.array(waves, np.int64) <= self.wave]

    def draw(self, count, generator):
        """Indices of `count` scenes, a NumPy array of int64."""
        kinds = torch.multinomial(self.weights, count, replacement=True, generator=generator).tolist()
        picks = torch.rand(count, generator=generator, dtype=torch.float64).tolist()
        pools = [self.pools[self.kinds[kind]] for kind in kinds]
        return np.array([pool[int(pick * len(pool))] for pool, pick in zip(pools, picks)], np.int64)
