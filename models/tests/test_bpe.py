import json
import random
from collections import Counter

from models.training.bpe import load_bpe, split_words, train_bpe


def small_bpe():
    return train_bpe(Counter({"red": 5, "apple": 3, "bread": 1}), 150)


def test_words_and_marks_are_split_and_lower_cased():
    assert split_words("A red apple, NOTO style!") == ["a", "red", "apple", ",", "noto", "style", "!"]


def test_merges_are_learnt_by_frequency_and_applied_in_order():
    bpe = small_bpe()
    assert bpe.merges[:2] == [("r", "e"), ("re", "d</w>")]  # "re" is in red and bread: six times
    names = {i: token for token, i in bpe.vocab.items()}
    assert [names[i] for i in bpe.encode("Red bread")][0] == "red</w>"
    assert "".join(names[i] for i in bpe.encode("bread")) == "bread</w>"


def test_any_ascii_word_can_be_spelt_and_the_rest_is_unknown():
    bpe = small_bpe()
    names = {i: token for token, i in bpe.vocab.items()}
    assert "[UNK]" not in [names[i] for i in bpe.encode("zebra #42 @home's")]
    assert [names[i] for i in bpe.encode("é")] == ["[UNK]"]


def test_dropout_spells_the_same_word_in_other_ways():
    bpe = small_bpe()
    names = {i: token for token, i in bpe.vocab.items()}
    rng = random.Random(0)
    spellings = {tuple(bpe.encode("apple", 0.5, rng)) for _ in range(30)}
    assert len(spellings) > 3
    assert {"".join(names[i] for i in ids) for ids in spellings} == {"apple</w>"}


def test_file_is_plain_hugging_face_bpe_and_reads_back(tmp_path):
    bpe = small_bpe()
    bpe.save(tmp_path / "tokenizer.json")
    file = json.loads((tmp_path / "tokenizer.json").read_text())
    assert file["model"]["type"] == "BPE" and file["post_processor"] is None
    assert [token["content"] for token in file["added_tokens"]] == ["[PAD]", "[BOS]", "[EOS]", "[UNK]"]
    assert load_bpe(tmp_path / "tokenizer.json").encode("a red apple") == bpe.encode("a red apple")
