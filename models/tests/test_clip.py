import random
from collections import Counter

import torch

from models.training.bpe import train_bpe
from models.training.clip import Clip, frame_text
from models.training.clip_batches import ClipBatches, exchanged
from models.training.config import ClipConfig, TrainConfig
from models.training.pictures import shrink
from models.training.sampling_plan import SamplingPlan
from models.training.train_clip import contrastive_loss, take_over
from models.training.trainer import Trainer


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


def test_exchanged_places_make_the_opposite_true(wide):
    scene = next(s for s in wide.scenes if s.kind == "relation" and any(" above " in caption for caption in s.captions))
    other = exchanged(scene)
    assert [o["cutout"] for o in other.objects] == [o["cutout"] for o in scene.objects][::-1]
    assert [(o["x"], o["y"]) for o in other.objects] == [(o["x"], o["y"]) for o in scene.objects]
    above = {caption for caption in scene.captions if " above " in caption}
    assert {caption.replace(" above ", " below ") for caption in above} <= set(other.captions)
    assert not above & set(other.captions)


def test_a_turned_picture_meets_the_same_as_it_stands(wide, tiny):
    shares = {"treatment-mirrored": 0.4, "treatment-sketch": 0.3, "natural-white": 0.3}
    plan = SamplingPlan(wide, "train", shares)
    batches = ClipBatches(wide, None, None, tiny.bpe, plan, tiny.clip.config, anchors=4, decoded_share=0, chimeras=0)
    turned, sketch = (int(plan.pools[kind][0]) for kind in ("treatment-mirrored", "treatment-sketch"))
    upright = batches.relatives(turned, random.Random(0))[3]
    assert wide.scenes[upright].kind == "natural-white"
    assert {**wide.cutout_of(upright), "treatment": "mirrored"} == wide.cutout_of(turned)
    assert not set(wide.scenes[upright].captions) & set(wide.scenes[turned].captions)
    assert len(batches.relatives(sketch, random.Random(0))) == 3


def test_without_a_dvae_pictures_are_real_and_as_large_as_clip_reads(wide, tiny):
    batches = ClipBatches(wide, None, None, tiny.bpe, SamplingPlan(wide, "train"), tiny.clip.config, anchors=4, decoded_share=1, chimeras=2)
    indices = [0, 1]
    assert torch.equal(batches.decode(indices), wide.compose(indices))
    mixed = batches.swap_cells(wide.compose(indices), torch.Generator().manual_seed(1))
    kept = (mixed == wide.compose(indices)).all(1).float().mean().item()
    assert 0.8 < kept < 1
    batch = batches.draw(torch.Generator().manual_seed(3))
    assert batch.pictures.shape[1:] == (3, 32, 32) and len(batch.pictures) > len(batch.text_ids)


def test_another_runs_words_keep_their_embeddings(tmp_path):
    config = ClipConfig(text_vocabulary=200, image_side=32, patch=8, text_layers=1, vision_layers=1)
    old, new = (train_bpe(Counter(words), 160) for words in ({"cat": 3, "dog": 2}, {"dog": 3, "cow": 2}))
    old.save(tmp_path / "tokenizer.json")
    trained, model = Clip(config), Clip(config)
    Trainer(trained, [], TrainConfig(), tmp_path, about=config).save()
    before = model.text_model.embeddings.token_embedding.weight.detach().clone()
    take_over(model, new, tmp_path, tmp_path / "tokenizer.json")
    theirs, ours = (clip.text_model.embeddings.token_embedding.weight for clip in (trained, model))
    assert old.vocab["dog</w>"] != new.vocab["dog</w>"] and "cow</w>" not in old.vocab
    assert torch.equal(ours[new.vocab["dog</w>"]], theirs[old.vocab["dog</w>"]])
    assert torch.equal(ours[new.vocab["cow</w>"]], before[new.vocab["cow</w>"]])
    assert torch.equal(ours[len(new.vocab) :], before[len(new.vocab) :])
    assert torch.equal(model.visual_projection.weight, trained.visual_projection.weight)


def test_a_relation_meets_its_exchange_and_neither_word_is_true_of_both(wide, tiny):
    plan = SamplingPlan(wide, "train", {"relation": 1.0})
    batches = ClipBatches(wide, None, None, tiny.bpe, plan, tiny.clip.config, anchors=6, decoded_share=0, chimeras=4)
    batch = batches.draw(torch.Generator().manual_seed(3))
    assert len(batch.text_ids) >= 2 * 6 and len(batch.pictures) > len(batch.text_ids)
    both = [batches.caption_set(index) & batches.caption_set(other) for index, other in batches.exchanged.items()]
    assert any(captions for captions in both) and not all(captions for captions in both)  # "next to" says no order
    words = (" above ", " below ", " over ", "left", "right")
    assert not [caption for captions in both for caption in captions if any(word in caption for word in words)]


def test_under_a_picture_the_same_treatment_of_something_else_is_a_lie(wide, tiny):
    plan = SamplingPlan(wide, "train", {"panels-sketch": 1.0})
    batches = ClipBatches(wide, None, None, tiny.bpe, plan, tiny.clip.config, anchors=4, decoded_share=0, chimeras=0)
    pool = plan.pools["panels-sketch"].tolist()
    rng = random.Random(5)
    lies = [lie for index in pool for lie in batches.half_lies(index, rng)]
    assert lies
    for true, other in lies:
        concepts = {wide.cutout_of(i)["concept"] for i in (true, other)}
        grounds = {(wide.scenes[i].kind, wide.scenes[i].background) for i in (true, other)}
        assert len(concepts) == 2 and len(grounds) == 1
    true, other = lies[0]
    lie = batches.draw_half_lies([(true, other)], rng)[0]
    above, below = (shrink(wide.compose([i]), 32)[0] for i in (true, other))
    assert torch.equal(lie[:, :16], above[:, :16]) and torch.equal(lie[:, 16:], below[:, 16:])
    batch = batches.draw(torch.Generator().manual_seed(3))
    assert len(batch.pictures) > len(batch.text_ids) == len(batch.is_also_true)
