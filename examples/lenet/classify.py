#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The second of two programs: load the saved engine and classify the 1,000 unseen digits.

    python classify.py [lenet.engine [digits.png]]

Two execution contexts of one engine run at once, each in its own thread with its own stream and
page-locked buffers.
Exits with 1 if too many answers are wrong or one differs from PyTorch's.
"""

import concurrent.futures
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np
import ternrt as trt
import ternrt.cuda.driver as cuda

import digits
import show

HERE = pathlib.Path(__file__).resolve().parent
LOGGER = trt.Logger(trt.Logger.WARNING)
THREAD_COUNT = 2
LEAST_ACCURACY = 0.975


class Lane:
    """An execution context with its buffers and its stream."""

    def __init__(self, engine):
        self.context = engine.create_execution_context()
        self.h_input = cuda.pagelocked_empty(
            trt.volume(self.context.get_binding_shape(0)), dtype=np.float32
        )
        self.h_output = cuda.pagelocked_empty(
            trt.volume(self.context.get_binding_shape(1)), dtype=np.float32
        )
        self.d_input = cuda.mem_alloc(self.h_input.nbytes)
        self.d_output = cuda.mem_alloc(self.h_output.nbytes)
        self.bindings = [int(self.d_input), int(self.d_output)]
        self.stream = cuda.Stream()

    def classify(self, image):
        """The ten logits of one image, in this lane's own buffer: the next call overwrites them."""
        np.copyto(self.h_input, image.ravel())
        cuda.memcpy_htod_async(self.d_input, self.h_input, self.stream)
        if not self.context.execute_async_v2(
            bindings=self.bindings, stream_handle=self.stream.handle
        ):
            raise SystemExit("classify: execute_async_v2 gave False; the log says why")
        cuda.memcpy_dtoh_async(self.h_output, self.d_output, self.stream)
        self.stream.synchronize()
        return self.h_output


def load_engine(path):
    with open(path, "rb") as file, trt.Runtime(LOGGER) as runtime:
        engine = runtime.deserialize_cuda_engine(file.read())
    if engine is None:
        raise SystemExit("classify: %s was refused; the log says why" % path)
    return engine


def classify_all(engine, images):
    """Logits of all images. The threads share the engine and nothing else; they start together."""
    logits = np.empty((len(images), 10), np.float32)
    start = threading.Barrier(THREAD_COUNT)

    def work(first):
        lane = Lane(engine)
        start.wait(timeout=60)  # for the other thread, which may have failed
        for row in range(first, len(images), THREAD_COUNT):
            logits[row] = lane.classify(images[row])

    with concurrent.futures.ThreadPoolExecutor(THREAD_COUNT) as threads:
        list(threads.map(work, range(THREAD_COUNT)))  # the list raises what a thread raised
    return logits


def latency_us(engine, images):
    """Median time of one execution of one image, in a context alone, without the copies."""
    lane, times = Lane(engine), []
    for image in images:
        np.copyto(lane.h_input, image.ravel())
        cuda.memcpy_htod(lane.d_input, lane.h_input)
        start = time.perf_counter_ns()
        lane.context.execute_v2(lane.bindings)
        times.append((time.perf_counter_ns() - start) / 1e3)
    return statistics.median(times)


def stripped_bytes(path):
    """A library's size without its symbols, as installed; as it is where there is no strip."""
    if shutil.which("strip"):
        with tempfile.NamedTemporaryFile() as file:
            strip = subprocess.run(["strip", "-o", file.name, path], capture_output=True)
            if strip.returncode == 0:
                return os.path.getsize(file.name)
    return os.path.getsize(path)


def libraries():
    """Tern's shared libraries in this process: libtern and the Python module's own."""
    package = pathlib.Path(trt.__file__).resolve().parent
    with open("/proc/self/maps", encoding="utf-8") as file:
        paths = {
            pathlib.Path(fields[5].strip())
            for fields in (line.split(maxsplit=5) for line in file)
            if len(fields) == 6 and ".so" in fields[5]
        }
    return sorted(
        path for path in paths if path.name.startswith("libtern") or path.is_relative_to(package)
    )


def show_answers(images, labels, answers, sheet_path):
    """The first digits and the wrong ones in the terminal, all of them in the contact sheet."""
    is_right = answers == labels
    print("The first eight digits that training did not see, with Tern's answers:")
    show.print_digits(images[:8], ["%d" % answer for answer in answers[:8]])
    wrong = np.flatnonzero(~is_right)[:4]
    if wrong.size:
        print("The first wrong answers:")
        show.print_digits(
            images[wrong], ["%d (is %d)" % (answers[row], labels[row]) for row in wrong]
        )
    show.write_png(sheet_path, show.contact_sheet(images, answers, is_right))


def main():
    plan_path = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "lenet.engine")
    sheet_path = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "digits.png")
    sys.stdout.reconfigure(errors="replace")

    engine = load_engine(plan_path)
    pixels, labels = digits.load_unseen()
    images = digits.normalise(pixels)
    logits = classify_all(engine, images)
    answers = logits.argmax(axis=1)
    show_answers(pixels, labels, answers, sheet_path)

    expected = np.load(HERE / "logits.npy")
    accuracy = float((answers == labels).mean())
    agreement = float((answers == expected.argmax(axis=1)).mean())
    time_us = latency_us(engine, images)
    plan_bytes = plan_path.stat().st_size
    sizes = {path: stripped_bytes(path) for path in libraries()}
    print("contact sheet: %s" % sheet_path)
    print("accuracy on %d unseen digits: %.3f" % (len(labels), accuracy))
    print(
        "same answer as PyTorch: %.3f, logits differ by %.1e at most"
        % (agreement, np.abs(logits - expected).max())
    )
    print("latency of one digit: %.1f us (median of %d)" % (time_us, len(images)))
    for path, size in sizes.items():
        print("library: %s: %d bytes stripped" % (path.name, size))
    print(
        "demo: accuracy=%.3f agreement=%.3f latency_us=%.0f plan_bytes=%d library_bytes=%d"
        % (accuracy, agreement, time_us, plan_bytes, sum(sizes.values()))
    )
    return int(accuracy < LEAST_ACCURACY or agreement < 1)


if __name__ == "__main__":
    sys.exit(main())
