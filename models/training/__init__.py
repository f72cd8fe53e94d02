"""Training of the three stages of arXiv 2102.12092: dVAE, transformer, CLIP. One runnable module per stage."""
