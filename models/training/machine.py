"""Threads and number formats. Set `MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184` outside: 3-11x on large arrays."""

import torch


def prepare_machine(threads):
    """Lets PyTorch use so many threads."""
    torch.set_num_threads(threads)


def autocast():
    """bf16 for matrix products and convolutions; norms and the residual stream stay in fp32."""
    return torch.autocast("cpu", dtype=torch.bfloat16)
