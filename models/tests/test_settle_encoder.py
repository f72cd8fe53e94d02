"""An encoder learns the codes that pictures were drawn from, and what it read of others stays, but for near ties."""

import torch

from models.training.config import TrainConfig
from models.training.optimizers import make_optimizers
from models.training.settle_encoder import Reader, SettlingTask, agreement, draw_pictures, in_other_colors, keeping_loss
from models.training.train_dvae import is_hidden_convolution
from models.training.trainer import Trainer


class NoData:
    """Grey pictures in the place of the data set's."""

    def compose(self, indices):
        return torch.full((len(indices), 3, 32, 32), 0.5)

    def draw(self, count, generator):
        return list(range(count))


def test_shapes_keep_their_codes_in_other_colors():
    tokens = torch.arange(640).view(64, 10)
    changed = in_other_colors(tokens, 3, torch.Generator().manual_seed(2))
    assert torch.equal(changed[:, 3:], tokens[:, 3:])
    palettes = [row.tolist() for row in tokens[:, :3]]
    assert all(row.tolist() in palettes for row in changed[:, :3]) and not torch.equal(changed, tokens)


def test_near_ties_are_as_good_as_the_best_and_others_are_not():
    before = torch.tensor([[[5.0, 4.8, 0.0]]])
    best, tie, other = (10 * torch.eye(3)[i].view(1, 1, 3) for i in range(3))
    assert keeping_loss(best, before) < 1e-3 and keeping_loss(tie, before) < 1e-3
    assert keeping_loss(other, before) > 5


def test_it_learns_to_read_what_was_drawn(tiny, tmp_path):
    generator = torch.Generator().manual_seed(1)
    dvae = tiny.dvae
    codes = torch.randint(dvae.config.vocabulary, (24, 16), generator=generator)
    pictures = draw_pictures(dvae, codes, 4)
    assert pictures.dtype == torch.uint8 and list(pictures.shape) == [24, 3, 32, 32]
    reader, before = Reader(dvae), Reader(dvae).requires_grad_(False)
    read = reader(pictures.float() / 255).argmax(-1)
    assert torch.equal(read, dvae.encode(pictures.float() / 255))  # at first it is the encoder
    first = agreement(reader, pictures, codes)
    task = SettlingTask(reader, before, (pictures, codes), NoData(), NoData(), 8)
    trainer = Trainer(reader, make_optimizers(reader, is_hidden_convolution, 0.01, 2e-3), TrainConfig(steps=60, warmup=5), tmp_path)
    trainer.run(task)
    assert agreement(reader, pictures, codes) > first + 0.1
