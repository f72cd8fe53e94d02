"""The layouts of appendix B, figure 11."""

import pytest
import torch

from models.training.config import TransformerConfig, layouts_of_paper
from models.training.masks import image_mask, sequence_mask


def seen_by(layout, position, rows=32, columns=32):
    return set(image_mask(layout, rows, columns)[position].nonzero()[:, 0].tolist())


def test_row_sees_back_to_the_same_column_one_row_up():
    assert seen_by("row", 100) == set(range(68, 101))  # 33 positions on 32 columns
    assert seen_by("row", 5) == set(range(6))


def test_column_sees_its_own_column():
    assert seen_by("column", 100) == {4, 36, 68, 100}


def test_convolution_sees_a_window_that_wraps_in_raster_order():
    position = 10 * 32 + 16
    window = {(10 - up) * 32 + 16 + across for up in range(6) for across in range(-5, 6)}
    assert seen_by("convolution", position) == {p for p in window if p <= position}
    # At the left edge "five to the left" is the end of the row above.
    assert 10 * 32 - 1 in seen_by("convolution", 10 * 32)


@pytest.mark.parametrize("layout", ["dense", "row", "column", "convolution"])
def test_every_layout_is_causal_and_sees_itself(layout):
    mask = image_mask(layout, 6, 5, 3)
    assert not mask.triu(1).any()
    assert mask.diagonal().all()


def test_unknown_layout_names_the_choices():
    with pytest.raises(ValueError, match="dense, row, column, convolution"):
        image_mask("diagonal", 4, 4)


def test_text_is_causal_and_always_visible_to_the_picture():
    config = TransformerConfig(text_length=4, rows=3, columns=3)
    mask = sequence_mask("column", config)
    assert torch.equal(mask[:4, :4], torch.ones(4, 4).tril().bool())
    assert not mask[:4, 4:].any()
    assert mask[4:, :4].all()


def test_totals_of_the_paper():
    layouts = layouts_of_paper()
    assert {name: layouts.count(name) for name in set(layouts)} == {"row": 47, "column": 16, "convolution": 1}
    assert layouts[1] == "column" and layouts[-1] == "convolution"
