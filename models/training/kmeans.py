"""Lloyd's k-means, in blocks that fit in memory."""

import torch


@torch.no_grad()
def kmeans(points, count, generator, iterations=12, block=16384):
    """Centers [count, width] of `points` [n, width]; empty clusters restart on random points."""
    if len(points) < count:
        extra = torch.randint(len(points), (count - len(points),), generator=generator)
        noise = 0.01 * points.std() * torch.randn(len(extra), points.shape[1], generator=generator)
        return torch.cat([points, points[extra] + noise])
    centers = points[torch.randperm(len(points), generator=generator)[:count]].clone()
    for _ in range(iterations):
        nearest = torch.cat(
            [(2 * part @ centers.T - centers.square().sum(1)).argmax(1) for part in points.split(block)]
        )
        counts = torch.bincount(nearest, minlength=count).float()
        sums = torch.zeros_like(centers).index_add_(0, nearest, points)
        centers = sums / counts[:, None].clamp(min=1)
        empty = (counts == 0).nonzero()[:, 0]
        if len(empty):
            centers[empty] = points[torch.randint(len(points), (len(empty),), generator=generator)]
    return centers
