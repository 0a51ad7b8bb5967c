# SPDX-License-Identifier: Apache-2.0
"""Show classified digits: in the terminal with half blocks, and as a PNG contact sheet."""

import struct
import zlib

import numpy as np

HALF_BLOCKS = " \u2580\u2584\u2588"  # index: 1 for the upper pixel, 2 for the lower
INK = 96  # pixels above this are drawn in the terminal, which has no grey
BOX = slice(4, 24)  # the 20 x 20 pixels in which a digit was drawn before it was centred

# Figures of 3 x 5 pixels, a row per octal digit.
FIGURES = ["75557", "26227", "71747", "71717", "55711", "74717", "74757", "71111", "75757", "75717"]
SCALE = 2
CELL_WIDTH, CELL_HEIGHT = 28 + 4, 28 + 5 * SCALE + 8
RIGHT_COLOUR, WRONG_COLOUR = (150, 150, 150), (255, 64, 64)


def terminal_lines(image):
    """One digit as 10 lines of 20 characters, two pixels to a character."""
    ink = (image[BOX, BOX] > INK).astype(int)
    return ["".join(HALF_BLOCKS[code] for code in row) for row in ink[0::2] + 2 * ink[1::2]]


def print_digits(images, captions, per_row=4):
    """Digits side by side, each with its caption below."""
    for start in range(0, len(images), per_row):
        blocks = [terminal_lines(image) for image in images[start : start + per_row]]
        for parts in zip(*blocks):
            print("".join(parts).rstrip())
        texts = [text.center(18).ljust(20) for text in captions[start : start + per_row]]
        print("".join(texts).rstrip())


def figure(answer):
    """The mask of one figure, [5 * SCALE, 3 * SCALE]."""
    rows = [[int(row) >> shift & 1 for shift in (2, 1, 0)] for row in FIGURES[answer]]
    return np.kron(np.array(rows, dtype=bool), np.ones((SCALE, SCALE), dtype=bool))


def contact_sheet(images, answers, is_right, columns=40):
    """All digits with the answer below each, wrong ones in red. [height, width, 3] uint8."""
    row_count = -(-len(images) // columns)
    sheet = np.zeros((row_count * CELL_HEIGHT, columns * CELL_WIDTH, 3), np.uint8)
    for index, (image, answer, right) in enumerate(zip(images, answers, is_right)):
        top, left = index // columns * CELL_HEIGHT, index % columns * CELL_WIDTH
        cell = sheet[top : top + CELL_HEIGHT, left : left + CELL_WIDTH]
        if not right:
            cell[:32] = WRONG_COLOUR
        cell[2:30, 2:30] = image[:, :, None]
        mask = figure(answer)
        middle = (CELL_WIDTH - mask.shape[1]) // 2
        place = cell[33 : 33 + mask.shape[0], middle : middle + mask.shape[1]]
        place[mask] = RIGHT_COLOUR if right else WRONG_COLOUR
    return sheet


def write_png(path, pixels):
    """An 8-bit RGB image, unfiltered."""

    def chunk(kind, body):
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # column 0: the row's filter, none
    rows[:, 1:] = pixels.reshape(height, -1)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.write(chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
        file.write(chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)))
        file.write(chunk(b"IEND", b""))
