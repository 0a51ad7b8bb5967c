# SPDX-License-Identifier: Apache-2.0
"""TensorRT 7: an MLP with normalisation by a scale layer, softmax and a top-k head; settings on
the builder, attributes set late, layers visited by iteration; synchronous execute."""

import numpy as np
import pycuda.autoinit  # noqa: F401
import pycuda.driver as cuda
import tensorrt as trt

import reference

LOGGER = trt.Logger(trt.Logger.ERROR)
CLASSES, TOP, MAX_BATCH = 20, 5, 4


def dense(network, x, weights, bias, name):
    kernel = trt.Weights(weights)
    layer = network.add_fully_connected(x, weights.shape[0], kernel, trt.Weights(bias))
    layer.name = name
    return layer.get_output(0)


def build(parameters):
    with trt.Builder(LOGGER) as builder, builder.create_network() as network:
        builder.max_batch_size = MAX_BATCH
        builder.max_workspace_size = 1 << 20
        if builder.platform_has_fast_fp16:
            builder.fp16_mode = True
        x = network.add_input("pixels", trt.float32, trt.Dims3(3, 4, 4))

        mean = parameters["mean"]
        norm = network.add_scale(
            x,
            trt.ScaleMode.CHANNEL,
            shift=(-mean / parameters["std"]).astype(np.float32),
            scale=(1 / parameters["std"]).astype(np.float32),
            power=np.ones_like(mean),
        )
        norm.name = "normalise"
        x = norm.get_output(0)

        x = dense(network, x, parameters["w1"], parameters["b1"], "fc1")
        hidden = network.add_activation(x, trt.ActivationType.RELU)
        hidden.type = trt.ActivationType.TANH  # changed one's mind
        last = network.add_fully_connected(
            hidden.get_output(0), CLASSES, parameters["w2"], trt.Weights()
        )
        last.name = "fc2"
        prob = network.add_softmax(last.get_output(0))
        prob.axes = 1 << 0
        top = network.add_topk(prob.get_output(0), trt.TopKOperation.MAX, TOP, 1 << 0)

        top.get_output(0).name = "score"
        top.get_output(1).name = "label"
        network.mark_output(top.get_output(0))
        network.mark_output(top.get_output(1))
        top.get_output(1).dtype = trt.int32

        names = [layer.name for layer in network]
        assert names[:2] == ["normalise", "fc1"], names
        assert network.num_layers == len(network) == 6
        assert network.get_layer(5).type == network[-1].type == trt.LayerType.TOPK
        assert network.get_input(0).name == "pixels" and network.num_outputs == 2
        return builder.build_cuda_engine(network)


def main():
    rng = np.random.RandomState(1)
    parameters = {
        "mean": np.array([0.485, 0.456, 0.406], np.float32),
        "std": np.array([0.229, 0.224, 0.225], np.float32),
        "w1": rng.randn(32, 48).astype(np.float32) / 7,
        "b1": rng.randn(32).astype(np.float32),
        "w2": rng.randn(CLASSES, 32).astype(np.float32),
    }
    engine = build(parameters)
    if not engine:
        raise SystemExit("no engine")
    context = engine.create_execution_context()

    buffers, hosts = [], {}
    for index in range(engine.num_bindings):
        name = engine.get_binding_name(index)
        shape = (MAX_BATCH,) + tuple(engine.get_binding_shape(index))
        hosts[name] = np.zeros(shape, trt.nptype(engine.get_binding_dtype(name)))
        buffers.append(cuda.mem_alloc(hosts[name].nbytes))
    where = {engine.get_binding_name(i): buffers[i] for i in range(engine.num_bindings)}
    assert hosts["label"].dtype == np.int32 and hosts["label"].shape[1] == TOP

    for batch in (1, 4, 3):
        images = rng.rand(batch, 3, 4, 4).astype(np.float32)
        hosts["pixels"][:batch] = images
        cuda.memcpy_htod(where["pixels"], hosts["pixels"])
        assert context.execute(batch, [int(b) for b in buffers])
        cuda.memcpy_dtoh(hosts["score"], where["score"])
        cuda.memcpy_dtoh(hosts["label"], where["label"])

        x = (images - parameters["mean"].reshape(3, 1, 1)) / parameters["std"].reshape(3, 1, 1)
        x = np.tanh(x.reshape(batch, -1) @ parameters["w1"].T + parameters["b1"])
        prob = reference.softmax(x @ parameters["w2"].T)
        order = np.argsort(-prob, axis=1)[:, :TOP]
        score = hosts["score"].reshape(MAX_BATCH, TOP)[:batch]
        label = hosts["label"].reshape(MAX_BATCH, TOP)[:batch]
        reference.check("score", score, np.take_along_axis(prob, order, 1))
        assert (label == order).all(), (label, order)

    event = cuda.Event()
    stream = cuda.Stream()
    assert context.execute_async(
        batch_size=1, bindings=[int(b) for b in buffers], stream_handle=stream.handle
    )
    event.record(stream)
    event.synchronize()


if __name__ == "__main__":
    main()
