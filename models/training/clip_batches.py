"""Batches that make CLIP look: every anchor comes with its nearest lies (section 2.6 ranks by this model).

An anchor scene is joined by the same object in another colour, another object in the same colour, and the same object
elsewhere (other background or style). Beside them stand chimeras: pictures whose upper tokens come from one object and
whose lower tokens from another, which are what a weak sample looks like; they are negatives for every caption.
"""

import random
from dataclasses import dataclass

import torch

from .clip import frame_text
from .pictures import shrink


@dataclass
class ClipBatch:
    pictures: torch.Tensor  # [B + chimeras, 3, side, side]
    text_ids: torch.Tensor  # [B, text length]
    is_also_true: torch.Tensor  # [B, B] of bool: caption i is true of picture j, though not its own


class ClipBatches:
    def __init__(self, data, codes, dvae, bpe, plan, config, anchors=32, decoded_share=0.3, chimeras=24):
        self.data, self.codes, self.dvae, self.bpe, self.plan = data, codes, dvae, bpe, plan
        self.config, self.anchors, self.decoded_share, self.chimeras = config, anchors, decoded_share, chimeras
        self.captions = {}
        self.by_object, self.by_look = {}, {}
        for index in sorted({int(i) for pool in plan.pools.values() for i in pool}):
            cutout = data.cutout_of(index)
            look = (cutout["style"], cutout["tint"], data.scenes[index].background)
            self.by_object.setdefault(cutout["concept"], []).append(index)
            self.by_look.setdefault(look, []).append(index)

    def relatives(self, index, rng):
        """Same object in another colour or place (two draws), and another object of the same look."""
        cutout = self.data.cutout_of(index)
        look = (cutout["style"], cutout["tint"], self.data.scenes[index].background)
        same_object, same_look = self.by_object[cutout["concept"]], self.by_look[look]
        return [rng.choice(same_object), rng.choice(same_object), rng.choice(same_look)]

    def caption_set(self, index):
        if index not in self.captions:
            self.captions[index] = frozenset(self.data.scenes[index].captions)
        return self.captions[index]

    @torch.no_grad()
    def decode(self, codes):
        rows = int(codes.shape[1] ** 0.5)
        return shrink(self.dvae.decode(codes, rows), self.config.image_side)

    def corrupt(self, codes, rng):
        """Swaps up to a tenth of the tokens for those of another picture of the batch: still the same thing."""
        share = rng.random() * 0.1
        swap = torch.rand(codes.shape, generator=self.generator) < share
        return torch.where(swap, codes.roll(1, 0), codes)

    def draw(self, generator):
        self.generator = generator
        rng = random.Random(int(torch.randint(2**31, (1,), generator=generator)))
        indices = []
        for anchor in self.plan.draw(self.anchors, generator).tolist():
            indices.extend([anchor, *self.relatives(anchor, rng)])
        indices = list(dict.fromkeys(indices))
        texts = [rng.choice(self.data.scenes[i].captions) for i in indices]
        is_also_true = torch.tensor([[i != j and text in self.caption_set(j) for j in indices] for i, text in zip(indices, texts)])
        pictures = shrink(self.data.compose(indices), self.config.image_side)
        decoded = [n for n in range(len(indices)) if rng.random() < self.decoded_share]
        if decoded:
            codes = torch.from_numpy(self.codes[[indices[n] for n in decoded]]).long()
            pictures[decoded] = self.decode(self.corrupt(codes, rng)).float()
        pairs = [(i, self.relatives(i, rng)[2]) for i in rng.sample(indices, min(self.chimeras, len(indices)))]
        pairs = [(a, b) for a, b in pairs if a != b]
        if pairs:
            pictures = torch.cat([pictures, self.decode(self.make_chimeras(pairs, rng)).float()])
        ids = torch.tensor([frame_text(self.bpe.encode(text), self.config) for text in texts])
        return ClipBatch(pictures, ids, is_also_true)

    def make_chimeras(self, pairs, rng):
        """Rows of the first picture above a cut, rows of the second below it."""
        upper = torch.from_numpy(self.codes[[a for a, _ in pairs]]).long()
        lower = torch.from_numpy(self.codes[[b for _, b in pairs]]).long()
        rows = int(upper.shape[1] ** 0.5)
        cuts = torch.tensor([rng.randint(rows // 3, 2 * rows // 3) * rows for _ in pairs])
        return torch.where(torch.arange(upper.shape[1]) < cuts[:, None], upper, lower)
