"""Draws and ranks candidates for a prompt with the PyTorch sampler, as the studio does."""

from dataclasses import dataclass

import torch

from models.training.clip import frame_text
from models.training.pictures import shrink
from models.training.sampler import sample
from models.training.transformer import pad_text


@dataclass
class Drawn:
    """Candidates of one prompt, in the order they were drawn."""

    prompt: str
    codes: torch.Tensor  # [N, rows·columns]
    pictures: torch.Tensor  # [N, 3, side, side]
    scores: torch.Tensor  # [N], cosine similarity by CLIP

    def best_first(self):
        """Indices of the candidates, by falling score."""
        return self.scores.argsort(descending=True)


@torch.no_grad()
def draw(weights, prompts, candidates, config, seed):
    """`candidates` pictures for each prompt, as one batch: a list of Drawn."""
    size, clip = weights.transformer.config, weights.clip
    ids = [weights.bpe.encode(prompt) for prompt in prompts]
    text = torch.tensor([pad_text(row, size) for row in ids]).repeat_interleave(candidates, 0)
    codes, _ = sample(weights.transformer, text, config, torch.Generator().manual_seed(seed))
    pictures = torch.cat([weights.dvae.decode(part, size.rows) for part in codes.split(32)])
    embeddings = clip.embed_pictures(shrink(pictures, clip.config.image_side))
    texts = clip.embed_text(torch.tensor([frame_text(row, clip.config) for row in ids]))
    drawn = []
    for i, prompt in enumerate(prompts):
        part = slice(i * candidates, (i + 1) * candidates)
        drawn.append(Drawn(prompt, codes[part], pictures[part], embeddings[part] @ texts[i]))
    return drawn
