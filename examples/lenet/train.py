#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Train the example's LeNet with PyTorch and store its weights and its answers.

Needed only to retrain: lenet.safetensors and logits.npy are kept beside this file. The schedule is
fixed and the unseen digits choose nothing: they are looked at once, after the last step.
"""

import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

import digits
import weights

HERE = pathlib.Path(__file__).resolve().parent
SEED = 1
EPOCH_COUNT = 120
BATCH_SIZE = 64
PEAK_RATE = 2e-3
WEIGHT_DECAY = 5e-4
MAX_TURN = math.radians(12)
MAX_SHIFT = 2 / 14  # two pixels, in the units of affine_grid (half the image is 1)
MAX_ZOOM = 0.1


class LeNet(torch.nn.Module):
    """Two convolutions and two fully connected layers, one ReLU between the latter."""

    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 20, 5)
        self.conv2 = torch.nn.Conv2d(20, 50, 5)
        self.fc1 = torch.nn.Linear(50 * 4 * 4, 500)
        self.fc2 = torch.nn.Linear(500, 10)

    def forward(self, x):
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(self.conv2(x), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc2(F.dropout(x, 0.5, self.training))  # nothing is dropped outside training


def spread(low, high, count):
    return torch.rand(count) * (high - low) + low


def jitter(images):
    """Each image turned, zoomed and shifted a little, by its own amounts."""
    count = len(images)
    turn, zoom = spread(-MAX_TURN, MAX_TURN, count), spread(1 - MAX_ZOOM, 1 + MAX_ZOOM, count)
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0] = matrix[:, 1, 1] = torch.cos(turn) * zoom
    matrix[:, 1, 0] = torch.sin(turn) * zoom
    matrix[:, 0, 1] = -matrix[:, 1, 0]
    matrix[:, :, 2] = spread(-MAX_SHIFT, MAX_SHIFT, 2 * count).reshape(count, 2)
    grid = F.affine_grid(matrix, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def train(images, labels):
    model = LeNet()
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=WEIGHT_DECAY)
    step_count = EPOCH_COUNT * (len(images) // BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, PEAK_RATE, total_steps=step_count, pct_start=0.1
    )
    for epoch in range(EPOCH_COUNT):
        total = 0.0
        order = torch.randperm(len(images))
        for rows in order[: len(order) // BATCH_SIZE * BATCH_SIZE].split(BATCH_SIZE):
            loss = F.cross_entropy(model(jitter(images[rows])), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        if (epoch + 1) % 10 == 0:
            print(
                "epoch %d: mean loss %.4f" % (epoch + 1, total * BATCH_SIZE / len(images)),
                flush=True,
            )
    return model.eval()


def main():
    torch.manual_seed(SEED)
    images, labels = digits.load_training()
    model = train(torch.from_numpy(digits.normalise(images)), torch.from_numpy(labels))

    unseen, answers = digits.load_unseen()
    with torch.no_grad():
        logits = model(torch.from_numpy(digits.normalise(unseen))).numpy()
    top = np.sort(logits, axis=1)
    print(
        "unseen digits: accuracy %.3f, smallest margin between two answers %.4f"
        % ((logits.argmax(axis=1) == answers).mean(), (top[:, -1] - top[:, -2]).min())
    )
    weights.save(
        HERE / "lenet.safetensors",
        {name: value.numpy() for name, value in model.state_dict().items()},
    )
    np.save(HERE / "logits.npy", logits.astype(np.float32))


if __name__ == "__main__":
    main()
