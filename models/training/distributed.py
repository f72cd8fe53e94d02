"""More than one process, by `torchrun --nproc_per_node N -m models.training.train_transformer …`, on CPUs (gloo).

Every process draws the same batch and works on its slice; gradients are averaged. So N processes take the steps of one.
The paper needed PowerSGD and sharded parameters at 12 B (section 2.4, 2.5); at our sizes a plain average is enough.
"""

import os

import torch
import torch.distributed as dist


def join_group():
    """Joins the group that torchrun announced, if any; returns (rank, world size)."""
    if "WORLD_SIZE" not in os.environ or int(os.environ["WORLD_SIZE"]) == 1:
        return 0, 1
    if not dist.is_initialized():
        dist.init_process_group("gloo")  # tensors are in ordinary memory throughout
    return dist.get_rank(), dist.get_world_size()


def group_shape():
    """(rank, world size), (0, 1) outside a group."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


def my_slice(rows):
    """This process's share of a batch; refuses a batch that does not divide evenly."""
    rank, world = group_shape()
    if len(rows) % world:
        raise ValueError(f"a batch of {len(rows)} does not divide among {world} processes")
    size = len(rows) // world
    return rows[rank * size : (rank + 1) * size]


def average(tensors):
    """Replaces tensors by their mean over the group, as one message."""
    _, world = group_shape()
    if world == 1 or not tensors:
        return
    flat = torch.cat([tensor.detach().flatten().float() for tensor in tensors])
    dist.all_reduce(flat)
    flat /= world
    start = 0
    for tensor in tensors:
        tensor.copy_(flat[start : start + tensor.numel()].view_as(tensor))
        start += tensor.numel()
