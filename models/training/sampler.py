"""The eager PyTorch sampler: prefill once, then one cached step per image token. The engine is compared with it."""

from dataclasses import dataclass

import torch

from .transformer import pad_text


@dataclass(frozen=True)
class SamplingConfig:
    """How a code is drawn from its logits."""

    temperature: float = 0.7
    top_k: int = 0  # 0 keeps all
    top_p: float = 0.9  # 1 keeps all
    guidance_scale: float = 1.0  # 1 is no guidance
    is_greedy: bool = False


def read_sampling(sampling):
    """The settings of `sampling` in model.json."""
    return SamplingConfig(sampling["temperature"], sampling["topK"], sampling["topP"], sampling["guidanceScale"])


def filter_logits(logits, config):
    """Divides by the temperature, then drops what top-k and top-p exclude. [B, K] to [B, K]."""
    logits = logits / config.temperature
    if config.top_k:
        kept = logits.topk(min(config.top_k, logits.shape[-1])).values[:, -1:]
        logits = logits.masked_fill(logits < kept, -torch.inf)
    if config.top_p < 1:
        ordered, order = logits.sort(-1, descending=True)
        before = ordered.softmax(-1).cumsum(-1) - ordered.softmax(-1)
        drop = torch.zeros_like(logits, dtype=torch.bool).scatter(-1, order, before >= config.top_p)
        logits = logits.masked_fill(drop, -torch.inf)
    return logits


def guide(logits, scale):
    """[2B, K] (with caption, then with the null caption) to [B, K]."""
    with_caption, without = logits.chunk(2)
    return without + scale * (with_caption - without)


@torch.no_grad()
def sample(model, text_ids, config, generator, prefix=None):
    """Draws codes [B, image length] and the logits they were drawn from [B, image length, K].

    text_ids [B, text length]; prefix [B, P] holds codes that stay (an image prompt). `generator` may be None for greedy codes.
    """
    size = model.config
    batch = text_ids.shape[0]
    is_guided = config.guidance_scale != 1
    if is_guided:
        null = torch.tensor(pad_text([], size)).expand(batch, -1)
        text_ids = torch.cat([text_ids, null])
    hidden, caches = model.hidden(text_ids)
    codes, all_logits = [], []
    for step in range(size.image_length):
        logits = model.image_logits(hidden[:, -1]).float()
        logits = guide(logits, config.guidance_scale) if is_guided else logits
        all_logits.append(logits)
        if prefix is not None and step < prefix.shape[1]:
            code = prefix[:, step]
        elif config.is_greedy:
            code = logits.argmax(-1)
        else:
            noise = -torch.log(torch.empty_like(logits).exponential_(generator=generator))
            code = (filter_logits(logits, config) + noise).argmax(-1)
        codes.append(code)
        if step + 1 < size.image_length:
            ids = (code + size.first_code)[:, None]
            ids = torch.cat([ids, ids]) if is_guided else ids
            hidden, caches = model.hidden(ids, size.text_length + step, caches)
    return torch.stack(codes, 1), torch.stack(all_logits, 1)
