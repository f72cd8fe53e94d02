"""Batches that make CLIP look: every anchor comes with its nearest lies (section 2.6 ranks by this model).

An anchor scene is joined by the same object in any other scene, the same object in another scene of the same kind (another
count, place, colour or partner), and another object in the same colour; a scene of two objects also by the same two with their
places exchanged, a turned picture by the same as it stands. Beside them stand chimeras: pictures whose upper tokens come from one object and
whose lower tokens from another, which are what a weak sample looks like; they are negatives for every caption.
"""

import random
import re
from dataclasses import dataclass, replace

import torch

from .caption_noise import CaptionNoise
from .clip import frame_text
from .dvae import grid_of, token_rows_of
from .machine import autocast
from .pictures import shrink

OPPOSITES = {
    "to the left of": "to the right of", "to the right of": "to the left of",
    "above": "below", "below": "above", "over": "below",
}  # fmt: skip
DIRECTION = re.compile(rf"\b({'|'.join(OPPOSITES)})\b")
TURNED_KINDS = ("treatment-mirrored", "treatment-upside-down")


def is_panels(scene):
    """One object above and a treatment of it below."""
    return scene.kind.startswith(("panels-", "prompted-"))


def exchanged(scene):
    """The two objects of a relation in each other's place, with the captions that are then true."""
    first, second = scene.objects
    objects = ({**second, "x": first["x"], "y": first["y"]}, {**first, "x": second["x"], "y": second["y"]})
    captions = tuple(DIRECTION.sub(lambda found: OPPOSITES[found.group()], caption) for caption in scene.captions)
    return replace(scene, objects=objects, captions=captions)


@dataclass
class ClipBatch:
    """Pictures and their captions, in the same order; behind the pictures, chimeras and half lies, which no caption is true of."""

    pictures: torch.Tensor  # [B + lies, 3, side, side]
    text_ids: torch.Tensor  # [B, text length]
    is_also_true: torch.Tensor  # [B, B] of bool: caption i is true of picture j, though not its own


class ClipBatches:
    """`codes` and `dvae` may be None while there are none yet: then every picture is a real one."""

    def __init__(self, data, codes, dvae, bpe, plan, config, anchors=32, decoded_share=0.25, chimeras=16):
        self.data, self.codes, self.dvae, self.bpe, self.plan = data, codes, dvae, bpe, plan
        self.config, self.anchors, self.decoded_share, self.chimeras = config, anchors, decoded_share, chimeras
        self.noise = CaptionNoise(bpe, config.text_length - 2)
        # Cells that are swapped and cut between: the dVAE's, or CLIP's patches while there is none.
        self.rows = config.image_side // config.patch if dvae is None else grid_of(dvae.config)
        self.captions, self.decoded = {}, {}
        # Scenes past those of the data set: relations with their places exchanged, of which there are no codes.
        self.scenes, self.exchanged = list(data.scenes), {}
        self.by_object, self.by_kind, self.by_look, self.by_panels = {}, {}, {}, {}
        self.upright = {}
        for index in sorted({int(i) for pool in plan.pools.values() for i in pool}):
            cutout = data.cutout_of(index)
            look = (cutout["style"], cutout["tint"], data.scenes[index].background)
            self.by_object.setdefault(cutout["concept"], []).append(index)
            self.by_kind.setdefault((cutout["concept"], data.scenes[index].kind), []).append(index)
            self.by_look.setdefault(look, []).append(index)
            if data.scenes[index].kind.startswith("natural-"):
                self.upright[cutout["concept"], cutout["style"], data.scenes[index].background] = index
            if is_panels(data.scenes[index]):
                self.by_panels.setdefault((data.scenes[index].kind, data.scenes[index].background), []).append(index)
            if data.scenes[index].kind == "relation":
                self.exchanged[index] = len(self.scenes)
                self.scenes.append(exchanged(data.scenes[index]))

    def relatives(self, index, rng):
        """Same object in any scene and in one of the same kind, another object of the same look; of a relation, its places
        exchanged; of a turned picture, the same as it stands."""
        cutout, scene = self.data.cutout_of(index), self.data.scenes[index]
        look = (cutout["style"], cutout["tint"], scene.background)
        same_object, same_kind = self.by_object[cutout["concept"]], self.by_kind[cutout["concept"], scene.kind]
        others = [rng.choice(same_object), rng.choice(same_kind), rng.choice(self.by_look[look])]
        if index in self.exchanged:
            return [*others, self.exchanged[index]]
        upright = self.upright.get((cutout["concept"], cutout["style"], scene.background))
        return [*others, upright] if scene.kind in TURNED_KINDS and upright is not None else others

    def caption_set(self, index):
        """Captions of a scene, kept, since batches look into them again and again."""
        if index not in self.captions:
            self.captions[index] = frozenset(self.scenes[index].captions)
        return self.captions[index]

    @torch.no_grad()
    def decode(self, indices):
        """What the dVAE makes of these scenes: [n, 3, side, side]. Kept as bytes, since scenes come again."""
        if self.dvae is None:
            return shrink(self.data.compose(indices), self.config.image_side)
        missing = sorted({int(i) for i in indices} - set(self.decoded))
        for start in range(0, len(missing), 16):
            part = missing[start : start + 16]
            codes = torch.from_numpy(self.codes[part]).long()
            with autocast():
                drawn = shrink(self.dvae.decode(codes, token_rows_of(self.dvae.config)), self.config.image_side)
            self.decoded.update(zip(part, (drawn.float() * 255).round().byte()))
        return torch.stack([self.decoded[int(i)] for i in indices]).float() / 255

    def swap_cells(self, pictures, generator):
        """Swaps up to a tenth of the cells for those of another picture of the batch: still the same thing."""
        share = 0.1 * torch.rand(len(pictures), 1, 1, 1, generator=generator)
        cells = torch.rand(len(pictures), 1, self.rows, self.rows, generator=generator) < share
        size = pictures.shape[-1] // self.rows
        mask = cells.repeat_interleave(size, 2).repeat_interleave(size, 3)
        return torch.where(mask, pictures.roll(1, 0), pictures)

    def draw(self, generator):
        """The ClipBatch of a step: anchors, what goes with them, and lies."""
        rng = random.Random(int(torch.randint(2**31, (1,), generator=generator)))
        indices = []
        for anchor in self.plan.draw(self.anchors, generator).tolist():
            indices.extend([anchor, *self.relatives(anchor, rng)])
        indices = list(dict.fromkeys(indices))
        texts = [rng.choice(self.scenes[i].captions) for i in indices]
        is_also_true = torch.tensor([[i != j and text in self.caption_set(j) for j in indices] for i, text in zip(indices, texts)])
        pictures = shrink(self.data.draw([self.scenes[i] for i in indices]), self.config.image_side)
        coded = [n for n, i in enumerate(indices) if i < len(self.data.scenes)]
        shares = [0.5 if is_panels(self.scenes[i]) else self.decoded_share for i in indices]
        decoded = [n for n in coded if self.decoded_share and rng.random() < shares[n]]
        if decoded:
            pictures[decoded] = self.swap_cells(self.decode([indices[n] for n in decoded]), generator)
        pairs = [(i, self.relatives(i, rng)[2]) for i in rng.sample([indices[n] for n in coded], min(self.chimeras, len(coded)))]
        pairs = [(a, b) for a, b in pairs if a != b]
        if pairs:
            pictures = torch.cat([pictures, self.make_chimeras(pairs, rng)])
        lies = [lie for n in coded if is_panels(self.scenes[indices[n]]) for lie in self.half_lies(indices[n], rng)]
        if lies:
            pictures = torch.cat([pictures, self.draw_half_lies(lies, rng)])
        ids = torch.tensor([frame_text(self.noise.encode(text, rng), self.config) for text in texts])
        return ClipBatch(pictures, ids, is_also_true)

    def make_chimeras(self, pairs, rng):
        """Rows of the first picture above a cut between cells, rows of the second below it."""
        upper, lower = self.decode([a for a, _ in pairs]), self.decode([b for _, b in pairs])
        side = upper.shape[-1]
        cuts = torch.tensor([rng.randint(self.rows // 3, 2 * self.rows // 3) * side // self.rows for _ in pairs])
        is_upper = torch.arange(side)[None, None, :, None] < cuts[:, None, None, None]
        return torch.where(is_upper, upper, lower)

    def half_lies(self, index, rng):
        """Two scenes whose lower half would be a lie under this one's upper half: of the same kind on the same ground, another concept."""
        concept, scene = self.data.cutout_of(index)["concept"], self.scenes[index]
        pool = self.by_panels[scene.kind, scene.background]
        others = [i for i in rng.sample(pool, min(4, len(pool))) if self.data.cutout_of(i)["concept"] != concept]
        return [(index, other) for other in others[:2]]

    def draw_half_lies(self, pairs, rng):
        """The first scene's upper half above the second's lower half, half of them as the dVAE draws them: [n, 3, side, side]."""
        composed = [replace(self.scenes[a], objects=(self.scenes[a].objects[0], self.scenes[b].objects[1])) for a, b in pairs]
        pictures = shrink(self.data.draw(composed), self.config.image_side)
        coded = [n for n in range(len(pairs)) if self.codes is not None and rng.random() < 0.5]
        if coded:
            upper, lower = (self.decode([pairs[n][part] for n in coded]) for part in (0, 1))
            half = self.config.image_side // 2
            pictures[coded] = torch.cat([upper[:, :, :half], lower[:, :, half:]], 2)
        return pictures
