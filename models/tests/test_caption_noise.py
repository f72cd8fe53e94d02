import random
from collections import Counter

from models.training.bpe import train_bpe
from models.training.caption_noise import UNKNOWN_WORDS, CaptionNoise, known_words, made_up_word, with_unknown_words


def bpe():
    return train_bpe(Counter({"a": 9, "red": 5, "cat": 4, "on": 3, "the": 3, "top": 2}), 170)


def test_made_up_words_are_none_of_the_known():
    known = known_words(bpe())
    assert {"cat", "red"} <= known
    rng = random.Random(1)
    words = {made_up_word(known, rng) for _ in range(2000)}
    assert not words & known and len(words) > 1500
    assert all(word.isalpha() and word.islower() for word in words)


def test_the_caption_stays_and_has_one_or_two_words_more():
    rng, known = random.Random(2), known_words(bpe())
    for _ in range(50):
        words = with_unknown_words("a red cat on the top", known, rng).split()
        assert [word for word in words if word in known] == ["a", "red", "cat", "on", "the", "top"]
        assert 7 <= len(words) <= 8


def test_a_caption_without_room_stays_as_it_is():
    words = bpe()
    plain = words.encode("a red cat on the top")
    assert all(CaptionNoise(words, len(plain)).encode("a red cat on the top", random.Random(n)) == plain for n in range(60))
    roomy = [CaptionNoise(words, 40).encode("a red cat on the top", random.Random(n)) for n in range(400)]
    changed = sum(ids != plain for ids in roomy) / len(roomy)
    assert abs(changed - UNKNOWN_WORDS) < 0.06
