from dataclasses import replace

import pytest
import torch

from models.training.config import SIZES
from models.training.reference import all_image_logits
from models.training.sampler import SamplingConfig, filter_logits, guide, read_sampling, sample
from models.training.transformer import Transformer, pad_text


def random_transformer(**changes):
    """The tiny transformer with noise everywhere: as it is made, its outputs are zero."""
    torch.manual_seed(0)
    model = Transformer(replace(SIZES["tiny"].transformer, **changes))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return model.eval()


def texts(model, count):
    return torch.tensor([pad_text([5 + i, 6, 7], model.config) for i in range(count)])


def test_padding_has_an_id_of_its_own_at_every_position():
    assert pad_text([9, 9], SIZES["tiny"].transformer) == [1, 9, 9, 67, 68, 69, 70, 71]
    assert len(pad_text(range(50), SIZES["tiny"].transformer)) == 8


@pytest.mark.parametrize("attention", [(), ("row", "column"), ("convolution", "dense")])
@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_cached_sampling_equals_the_uncached_forward(attention, scale):
    model = random_transformer(attention=attention, convolution_kernel=3)
    text = texts(model, 3)
    config = SamplingConfig(guidance_scale=scale, top_p=1.0)
    codes, logits = sample(model, text, config, torch.Generator().manual_seed(4))
    expected = all_image_logits(model, text, codes)
    if scale != 1:
        null = torch.tensor(pad_text([], model.config)).expand(3, -1)
        expected = guide(torch.cat([expected, all_image_logits(model, null, codes)]), scale)
    assert codes.shape == (3, 16)
    assert torch.allclose(logits, expected, atol=1e-4)


def test_an_image_prefix_stays_and_the_batch_does_not_matter():
    model = random_transformer()
    prefix = torch.tensor([[3, 1, 4, 1, 5]] * 2)
    greedy = SamplingConfig(is_greedy=True)
    both, _ = sample(model, texts(model, 2), greedy, None, prefix)
    alone, _ = sample(model, texts(model, 2)[1:], greedy, None, prefix[1:])
    assert torch.equal(both[:, :5], prefix)
    assert torch.equal(both[1:], alone)


def test_a_later_code_never_changes_an_earlier_logit():
    model = random_transformer()
    codes = torch.arange(16)[None]
    changed = codes.clone()
    changed[0, 9] = 31
    a, b = (all_image_logits(model, texts(model, 1), c) for c in (codes, changed))
    assert torch.equal(a[0, :10], b[0, :10])
    assert not torch.allclose(a[0, 10:], b[0, 10:])


def test_loss_weighs_text_by_an_eighth():
    model = random_transformer()
    loss, text, image = model.loss(texts(model, 2), torch.randint(32, (2, 16)))
    assert torch.allclose(loss, text / 8 + 7 * image / 8)


def test_filters():
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]]))
    kept = lambda **options: filter_logits(logits, SamplingConfig(**options)).isfinite()[0].tolist()  # noqa: E731
    assert kept(temperature=1.0, top_p=1.0) == [True] * 4
    assert kept(temperature=1.0, top_p=0.75) == [True, True, False, False]
    assert kept(temperature=1.0, top_p=1.0, top_k=3) == [True, True, True, False]


def test_settings_are_those_of_the_pack():
    assert read_sampling({"temperature": 0.5, "topK": 9, "topP": 0.8, "guidanceScale": 2, "candidates": 4}) == SamplingConfig(0.5, 9, 0.8, 2)


def test_layouts_must_match_the_layers():
    with pytest.raises(ValueError, match="3 layouts for 2 layers"):
        random_transformer(attention=("dense",) * 3)
