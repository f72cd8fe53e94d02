"""How Easel's packs are made: dataset, training, evaluation."""
