"""Prompts whose answers are known: what is asked for, in which colour, on which background."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    text: str
    concept: str
    color: str  # None when the prompt names no colour
    background: str


def with_article(phrase):
    starts_like_you = phrase.startswith(("uni", "ufo"))
    return f"an {phrase}" if phrase[0] in "aeiou" and not starts_like_you else f"a {phrase}"


def make_questions(data, split, per_set, wave, seed=11):
    """Questions by set: natural, seen tints, held-out pairs, natural on a named background."""
    rng = random.Random(seed)
    concepts = [c for c in data.concepts.values() if c.get("wave", 1) <= wave]
    held_out = {tuple(pair) for pair in split["heldOutPairs"]}
    tinted = sorted({(c["tint"], c["concept"]) for c in data.cutouts if c["tint"] and "treatment" not in c})
    ids = {c["id"]: c for c in concepts}
    seen = [pair for pair in tinted if pair not in held_out and pair[1] in ids]
    unseen = [pair for pair in tinted if pair in held_out and pair[1] in ids]

    def some(items):
        return rng.sample(items, min(per_set, len(items)))

    def ask(concept, color, background):
        name = ids[concept]["names"][0]
        phrase = with_article(f"{color} {name}" if color else name)
        return Question(f"{phrase} on a {background} background", concept, color, background)

    colored = [name for name in data.backgrounds if name != "white"]
    return {
        "natural": [ask(c["id"], None, "white") for c in some(concepts)],
        "seenTint": [ask(concept, color, "white") for color, concept in some(seen)],
        "heldOut": [ask(concept, color, "white") for color, concept in some(unseen)],
        "background": [ask(c["id"], None, rng.choice(colored)) for c in some(concepts)],
    }
