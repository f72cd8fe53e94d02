import torch

from models.training.clip import frame_text
from models.training.train_clip import contrastive_loss


def test_text_is_framed_and_cut(tiny):
    config = tiny.clip.config
    assert frame_text([9, 8], config) == [1, 9, 8, 2, 0, 0, 0, 0]
    assert frame_text(list(range(3, 20)), config) == [1, 3, 4, 5, 6, 7, 8, 2]


def test_what_follows_the_end_does_not_matter(tiny):
    a = torch.tensor([[1, 9, 8, 2, 0, 0, 0, 0]])
    b = torch.tensor([[1, 9, 8, 2, 7, 7, 2, 7]])
    assert torch.allclose(tiny.clip.embed_text(a), tiny.clip.embed_text(b), atol=1e-6)


def test_embeddings_are_unit_vectors(tiny):
    pictures = tiny.clip.embed_pictures(torch.rand(2, 3, 32, 32))
    assert torch.allclose(pictures.norm(dim=1), torch.ones(2), atol=1e-5)


def test_true_captions_are_not_counted_as_lies():
    text = torch.eye(4)[:2]
    pictures = torch.stack([text[0], text[0]])  # the second picture also shows what the first caption says
    none, also = torch.zeros(2, 2).bool(), torch.tensor([[False, True], [False, False]])
    scale = torch.tensor(3.0)
    assert contrastive_loss(text, pictures, scale, also) < contrastive_loss(text, pictures, scale, none)
