# SPDX-License-Identifier: Apache-2.0
"""TensorRT 10: multi-head attention by matrix multiply, softmax and shuffle, with residual and
layer norm; batch and length dynamic; addresses, cuda-python, execute_async_v3."""

import numpy as np
import tensorrt as trt

try:
    from cuda import cudart
except ImportError:
    from cuda.bindings import runtime as cudart

import common_cudart as common
import reference

TRT_LOGGER = trt.Logger(trt.Logger.WARNING)
WIDTH, HEADS = 32, 4
HEAD = WIDTH // HEADS
NONE, TRANSPOSE = trt.MatrixOperation.NONE, trt.MatrixOperation.TRANSPOSE


class Block:
    def __init__(self, network: trt.INetworkDefinition, weights):
        self.network, self.weights = network, weights

    def constant(self, array):
        array = np.ascontiguousarray(array)
        return self.network.add_constant(array.shape, trt.Weights(array)).get_output(0)

    def linear(self, x, name):
        w = self.constant(self.weights[name + ".w"][None])
        b = self.constant(self.weights[name + ".b"][None, None])
        y = self.network.add_matrix_multiply(x, NONE, w, NONE).get_output(0)
        return self.network.add_elementwise(y, b, trt.ElementWiseOperation.SUM).get_output(0)

    def heads(self, x):
        """[N, L, W] -> [N, heads, L, head]"""
        split = self.network.add_shuffle(x)
        split.reshape_dims = (0, 0, HEADS, HEAD)
        split.second_transpose = trt.Permutation([0, 2, 1, 3])
        return split.get_output(0)

    def attention(self, x, mask):
        q, k, v = (self.heads(self.linear(x, name)) for name in "qkv")
        scores = self.network.add_matrix_multiply(q, NONE, k, TRANSPOSE).get_output(0)
        scale = self.constant(np.full((1, 1, 1, 1), HEAD**-0.5, np.float32))
        prod, add = trt.ElementWiseOperation.PROD, trt.ElementWiseOperation.SUM
        scores = self.network.add_elementwise(scores, scale, prod).get_output(0)
        # mask [N, L] bool, true where there is a token: the others get a large negative score
        lift = self.network.add_shuffle(mask)
        lift.set_input(1, self.lifted_shape(mask))
        off = self.constant(np.full((1, 1, 1, 1), -1e9, np.float32))
        zero = self.constant(np.zeros((1, 1, 1, 1), np.float32))
        bias = self.network.add_select(lift.get_output(0), zero, off).get_output(0)
        scores = self.network.add_elementwise(scores, bias, add).get_output(0)
        softmax = self.network.add_softmax(scores)
        softmax.axes = 1 << 3
        mixed = self.network.add_matrix_multiply(softmax.get_output(0), NONE, v, NONE)
        merge = self.network.add_shuffle(mixed.get_output(0))
        merge.first_transpose = trt.Permutation([0, 2, 1, 3])
        merge.reshape_dims = trt.Dims([0, 0, -1])
        return self.linear(merge.get_output(0), "o")

    def lifted_shape(self, mask):
        """[N, 1, 1, L] out of [N, L] at run time."""
        shape = self.network.add_shape(mask).get_output(0)
        indices = self.constant(np.array([0, 1], np.int32))
        n_l = self.network.add_gather(shape, indices, 0).get_output(0)
        n = self.network.add_slice(n_l, (0,), (1,), (1,)).get_output(0)
        length = self.network.add_slice(n_l, (1,), (1,), (1,)).get_output(0)
        ones = self.constant(np.array([1, 1], np.int64))
        together = self.network.add_concatenation([n, ones, length])
        together.axis = 0
        return together.get_output(0)

    def layer_norm(self, x):
        scale, bias = self.weights["ln.w"][None, None], self.weights["ln.b"][None, None]
        layer = self.network.add_normalization(
            x, self.constant(scale), self.constant(bias), axesMask=1 << 2
        )
        layer.epsilon = 1e-6
        return layer.get_output(0)


def build(weights):
    builder = trt.Builder(TRT_LOGGER)
    network = builder.create_network(0)
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, 1 << 30)
    x = network.add_input("x", trt.float32, (-1, -1, WIDTH))
    mask = network.add_input("mask", trt.bool, (-1, -1))
    block = Block(network, weights)
    y = network.add_elementwise(
        x, block.attention(x, mask), trt.ElementWiseOperation.SUM
    ).get_output(0)
    y = block.layer_norm(y)
    y = network.add_activation(y, trt.ActivationType.GELU_ERF).get_output(0)
    y.name = "y"
    network.mark_output(y)
    profile = builder.create_optimization_profile()
    profile.set_shape("x", (1, 1, WIDTH), (2, 16, WIDTH), (4, 24, WIDTH))
    profile.set_shape("mask", (1, 1), (2, 16), (4, 24))
    config.add_optimization_profile(profile)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise SystemExit("no plan")
    return plan


def expected(x, mask, w):
    def heads(t):
        return t.reshape(t.shape[0], t.shape[1], HEADS, HEAD).transpose(0, 2, 1, 3)

    q, k, v = (heads(x @ w[name + ".w"] + w[name + ".b"]) for name in "qkv")
    scores = q @ k.transpose(0, 1, 3, 2) / np.sqrt(HEAD) + np.where(mask, 0, -1e9)[:, None, None]
    mixed = (reference.softmax(scores) @ v).transpose(0, 2, 1, 3).reshape(x.shape)
    y = x + mixed @ w["o.w"] + w["o.b"]
    return reference.gelu(reference.layer_norm(y, w["ln.w"], w["ln.b"], 1e-6))


def main():
    rng = np.random.default_rng(11)
    w = {}
    for name in "qkvo":
        w[name + ".w"] = (rng.standard_normal((WIDTH, WIDTH)) / 4).astype(np.float32)
        w[name + ".b"] = rng.standard_normal(WIDTH).astype(np.float32)
    w["ln.w"] = rng.uniform(0.5, 2, WIDTH).astype(np.float32)
    w["ln.b"] = rng.standard_normal(WIDTH).astype(np.float32)

    runtime = trt.Runtime(TRT_LOGGER)
    engine = runtime.deserialize_cuda_engine(build(w))
    context = engine.create_execution_context()
    assert sorted(context.infer_shapes()) == ["mask", "x"]

    stream = common.cuda_call(cudart.cudaStreamCreate())
    start, end = (common.cuda_call(cudart.cudaEventCreate()) for _ in range(2))
    inputs, outputs, bindings, _ = common.allocate_buffers(engine, 0)
    for i in range(engine.num_io_tensors):
        assert context.set_tensor_address(engine.get_tensor_name(i), bindings[i])
    by_name = {engine.get_tensor_name(i): i for i in range(engine.num_io_tensors)}
    for batch, length in ((1, 1), (4, 24), (2, 7), (3, 16)):
        x = rng.standard_normal((batch, length, WIDTH)).astype(np.float32)
        mask = rng.random((batch, length)) < 0.7
        mask[:, 0] = True
        assert context.set_input_shape("x", x.shape) and context.set_input_shape("mask", mask.shape)
        assert context.infer_shapes() == []
        assert tuple(context.get_tensor_shape("y")) == x.shape
        to_device = cudart.cudaMemcpyKind.cudaMemcpyHostToDevice
        for name, host in (("x", x), ("mask", mask)):
            address = bindings[by_name[name]]
            common.cuda_call(
                cudart.cudaMemcpyAsync(address, host.ctypes.data, host.nbytes, to_device, stream)
            )
        common.cuda_call(cudart.cudaEventRecord(start, stream))
        assert context.execute_async_v3(stream)
        common.cuda_call(cudart.cudaEventRecord(end, stream))
        y = np.empty(x.shape, np.float32)
        to_host = cudart.cudaMemcpyKind.cudaMemcpyDeviceToHost
        common.cuda_call(
            cudart.cudaMemcpyAsync(y.ctypes.data, bindings[by_name["y"]], y.nbytes, to_host, stream)
        )
        common.cuda_call(cudart.cudaStreamSynchronize(stream))
        assert common.cuda_call(cudart.cudaEventElapsedTime(start, end)) >= 0
        reference.check("%d x %d" % (batch, length), y, expected(x, mask, w), 2e-4)
    common.free_buffers(inputs, outputs, stream)
    common.cuda_call(cudart.cudaEventDestroy(start))
    common.cuda_call(cudart.cudaEventDestroy(end))


if __name__ == "__main__":
    main()
