# SPDX-License-Identifier: Apache-2.0
"""TensorRT 8: one engine, a context and a stream per thread, with pycuda's context pushed in each;
meanwhile another thread builds engines."""

import threading

import numpy as np
import pycuda.driver as cuda
import tensorrt as trt

import reference

LOGGER = trt.Logger(trt.Logger.ERROR)
THREADS, RUNS, BATCH = 4, 60, 3


def build(weights):
    builder = trt.Builder(LOGGER)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH))
    x = network.add_input("data", trt.float32, (BATCH, 1, 28, 28))
    for i in (1, 2):
        kernel, bias = weights["conv%d.weight" % i], weights["conv%d.bias" % i]
        conv = network.add_convolution_nd(x, len(bias), (5, 5), kernel, bias)
        pool = network.add_pooling_nd(conv.get_output(0), trt.PoolingType.MAX, (2, 2))
        pool.stride_nd = (2, 2)
        x = pool.get_output(0)
    fc1 = network.add_fully_connected(x, 500, weights["fc1.weight"], weights["fc1.bias"])
    relu = network.add_activation(fc1.get_output(0), trt.ActivationType.RELU)
    fc2 = network.add_fully_connected(
        relu.get_output(0), 10, weights["fc2.weight"], weights["fc2.bias"]
    )
    network.mark_output(fc2.get_output(0))
    config = builder.create_builder_config()
    return trt.Runtime(LOGGER).deserialize_cuda_engine(
        builder.build_serialized_network(network, config)
    )


class TrtThread(threading.Thread):
    def __init__(self, cuda_ctx, engine, weights, seed):
        threading.Thread.__init__(self)
        self.cuda_ctx, self.engine, self.weights, self.seed = cuda_ctx, engine, weights, seed
        self.problem = "did not run"

    def run(self):
        try:
            self.cuda_ctx.push()
            self.infer()
            self.cuda_ctx.pop()
            self.problem = None
        except BaseException as error:
            self.problem = error

    def infer(self):
        context, stream = self.engine.create_execution_context(), cuda.Stream()
        h_input = cuda.pagelocked_empty(trt.volume(context.get_binding_shape(0)), np.float32)
        h_output = cuda.pagelocked_empty(trt.volume(context.get_binding_shape(1)), np.float32)
        d_input, d_output = cuda.mem_alloc(h_input.nbytes), cuda.mem_alloc(h_output.nbytes)
        rng = np.random.default_rng(self.seed)
        for run in range(RUNS):
            images = rng.random((BATCH, 1, 28, 28), np.float32)
            np.copyto(h_input, images.ravel())
            cuda.memcpy_htod_async(d_input, h_input, stream)
            assert context.execute_async_v2([int(d_input), int(d_output)], stream.handle)
            cuda.memcpy_dtoh_async(h_output, d_output, stream)
            stream.synchronize()
            if run % 10 == 0:
                right = reference.lenet(images, self.weights)
                reference.check("thread %d" % self.seed, h_output.reshape(BATCH, 10), right)


def main():
    cuda.init()
    cuda_ctx = cuda.Device(0).make_context()
    weights = reference.lenet_weights()
    engine = build(weights)
    threads = [TrtThread(cuda_ctx, engine, weights, seed) for seed in range(THREADS)]
    del engine
    [thread.start() for thread in threads]
    for _ in range(3):
        assert build(weights) is not None
    [thread.join() for thread in threads]
    cuda_ctx.pop()
    for thread in threads:
        if thread.problem is not None:
            raise SystemExit("thread %d: %r" % (thread.seed, thread.problem))


if __name__ == "__main__":
    main()
