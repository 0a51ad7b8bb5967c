# SPDX-License-Identifier: Apache-2.0
"""TensorRT 8: an ILogger subclass, and what goes wrong: None or False with a reason in the log,
never an exception or a crash; everything stays usable."""

import numpy as np
import tensorrt as trt

EXPLICIT_BATCH = 1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH)


class MyLogger(trt.ILogger):
    def __init__(self):
        trt.ILogger.__init__(self)
        self.lines = []

    def log(self, severity, msg):
        self.lines.append((severity, msg))

    def take_errors(self):
        errors = [m for s, m in self.lines if s in (trt.Logger.ERROR, trt.Logger.INTERNAL_ERROR)]
        self.lines = []
        return errors


def refused(logger, answer, *words):
    """The answer is None or False, and the log has a line with these words."""
    errors = logger.take_errors()
    assert answer is None or answer is False, answer
    assert any(all(word in line for word in words) for line in errors), (words, errors)


def network_of(builder, shape=(2, 3)):
    network = builder.create_network(EXPLICIT_BATCH)
    return network, network.add_input("x", trt.float32, shape)


def main():
    logger = MyLogger()
    builder = trt.Builder(logger)
    config = builder.create_builder_config()

    network, x = network_of(builder)
    refused(logger, builder.build_serialized_network(network, config), "output")
    refused(logger, builder.build_engine(network, config), "output")

    unfit, z = network_of(builder)
    none = trt.MatrixOperation.NONE
    product = unfit.add_matrix_multiply(z, none, z, none)
    if product is not None:  # told when it is built
        unfit.mark_output(product.get_output(0))
        product = builder.build_serialized_network(unfit, config)
    refused(logger, product, "matmul", "[2,3]")
    y = network.add_identity(x).get_output(0)
    y.name = "y"
    network.mark_output(y)  # still usable
    assert builder.build_serialized_network(network, config) is not None
    assert not logger.take_errors()

    network, x = network_of(builder, (-1, 3))
    y = network.add_activation(x, trt.ActivationType.RELU).get_output(0)
    y.name = "y"
    network.mark_output(y)
    refused(logger, builder.build_serialized_network(network, config), "x", "profile")
    profile = builder.create_optimization_profile()
    profile.set_shape("x", (1, 3), (2, 3), (4, 3))
    config.add_optimization_profile(profile)
    plan = builder.build_serialized_network(network, config)
    assert plan is not None, logger.take_errors()

    runtime = trt.Runtime(logger)
    blob = bytes(plan)
    logger.take_errors()
    flipped = blob[:-9] + bytes([blob[-9] ^ 1]) + blob[-8:]
    for bad in (b"", b"not a plan", blob[:100], blob[:-1], b"\0" + blob[1:], flipped):
        refused(logger, runtime.deserialize_cuda_engine(bad))
    engine = runtime.deserialize_cuda_engine(blob)
    context = engine.create_execution_context()

    data, answer = np.ones((4, 3), np.float32), np.zeros((4, 3), np.float32)
    logger.take_errors()
    refused(logger, context.execute_v2([data.ctypes.data, answer.ctypes.data]), "x")
    refused(logger, context.set_binding_shape(0, (5, 3)), "x", "5")
    refused(logger, context.set_binding_shape(0, (2, 3, 1)), "x")
    assert context.set_binding_shape(0, (4, 3))
    refused(logger, context.execute_v2([data.ctypes.data, 0]), "y")
    refused(logger, context.execute_v2([data.ctypes.data]), "binding")
    assert engine.get_binding_index("nothing") == -1
    assert context.execute_v2([data.ctypes.data, answer.ctypes.data])
    assert (answer == 1).all()

    for wrong, exception in (
        (lambda: trt.Builder(), TypeError),
        (lambda: trt.Builder("logger"), TypeError),
        (lambda: network.add_input("z", "float32", (1,)), TypeError),
        (lambda: network.add_input("z", trt.float32), TypeError),
        (lambda: context.execute_v2("no"), (TypeError, ValueError)),
        (lambda: engine[99], (IndexError, KeyError)),
        (lambda: network.add_elementwise(x, None, trt.ElementWiseOperation.SUM), TypeError),
    ):
        try:
            result = wrong()
        except exception:
            continue
        line = wrong.__code__.co_firstlineno
        raise SystemExit("no exception but %r from the case at line %d" % (result, line))


if __name__ == "__main__":
    main()
