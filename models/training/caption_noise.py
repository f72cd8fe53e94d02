"""Words that no caption has ("a zorple cat"), so that a word the pack does not know changes nothing.

People write "a really cute cat". A model that met only words it knows takes the pieces of an unknown one for something, and draws
another object. So some captions get made-up words, at any place; what they then say of the picture is still true.
"""

UNKNOWN_WORDS = 0.2  # the share of captions
CONSONANTS = [*"bcdfghjklmnprstvwz", "br", "ch", "cr", "dr", "fl", "gr", "pl", "pr", "sh", "sl", "st", "th", "tr"]
VOWELS = [*"aeiouy", "ai", "ea", "ee", "ou"]
ENDINGS = ["", "", "d", "l", "ll", "ly", "n", "ng", "nt", "r", "s", "st", "t", "y"]


def made_up_word(known, rng):
    """One to three syllables that are none of the known words."""
    while True:
        word = "".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(rng.randint(1, 3))) + rng.choice(ENDINGS)
        if rng.random() < 0.2:
            word = rng.choice(VOWELS) + word
        if word not in known:
            return word


def with_unknown_words(text, known, rng):
    """The caption with one or two made-up words more."""
    words = text.split(" ")
    for _ in range(rng.randint(1, 2)):
        words.insert(rng.randint(0, len(words)), made_up_word(known, rng))
    return " ".join(words)


def known_words(bpe):
    """Words the tokenizer has whole."""
    return {token.removesuffix("</w>") for token in bpe.vocab if token.endswith("</w>")}


class CaptionNoise:
    """Encodes captions, some of them with made-up words, as far as these leave room: `length` ids at most."""

    def __init__(self, bpe, length):
        self.bpe, self.length, self.known = bpe, length, known_words(bpe)

    def encode(self, text, rng, dropout=0.0):
        """Ids as `Bpe.encode` gives them."""
        if rng.random() < UNKNOWN_WORDS:
            ids = self.bpe.encode(with_unknown_words(text, self.known, rng), dropout, rng)
            if len(ids) <= self.length:
                return ids
        return self.bpe.encode(text, dropout, rng)
