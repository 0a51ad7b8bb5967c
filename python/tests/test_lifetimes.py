# SPDX-License-Identifier: Apache-2.0
"""Objects keep what they need: any order of deletion, garbage cycles, and the end of the interpreter."""
import gc
import itertools
import weakref

import numpy as np
import pytest

import ternrt as trt
from helpers import Bench, Memory, python

KINDS = ["logger", "builder", "network", "config", "profile", "plan", "runtime", "engine", "context", "layer", "tensor"]


def everything():
    things = {"logger": Memory()}
    things["builder"] = trt.Builder(things["logger"])
    things["network"] = things["builder"].create_network(1)
    things["config"] = things["builder"].create_builder_config()
    things["tensor"] = things["network"].add_input("x", trt.float32, (-1, 4))
    things["layer"] = things["network"].add_convolution_nd(
        things["network"].add_input("z", trt.float32, (1, 1, 4, 4)), 1, (2, 2), np.ones((1, 1, 2, 2), np.float32))
    things["network"].mark_output(things["network"].add_softmax(things["tensor"]).get_output(0))
    things["network"].mark_output(things["layer"].get_output(0))
    things["profile"] = things["builder"].create_optimization_profile()
    things["profile"].set_shape("x", (1, 4), (2, 4), (3, 4))
    things["config"].add_optimization_profile(things["profile"])
    things["plan"] = things["builder"].build_serialized_network(things["network"], things["config"])
    things["runtime"] = trt.Runtime(things["logger"])
    things["engine"] = things["runtime"].deserialize_cuda_engine(things["plan"])
    things["context"] = things["engine"].create_execution_context()
    assert None not in things.values()
    return things


def still_works(things):
    """Whatever is left does what it can."""
    if "context" in things:
        assert things["context"].set_input_shape("x", (2, 4)) and not things["context"].set_input_shape("x", (9, 4))
        arrays = [np.ones(shape, np.float32) for shape in ((2, 4), (1, 1, 4, 4), (2, 4), (1, 1, 3, 3))]
        names = [things["context"].engine[i] for i in range(4)]
        assert things["context"].execute_v2(arrays) and names[:2] == ["x", "z"]
        assert arrays[2] == pytest.approx(0.5) and arrays[3] == pytest.approx(4)
    if "engine" in things:
        assert len(things["engine"].serialize()) > 0 and things["engine"].create_execution_context() is not None
    if "layer" in things:
        assert things["layer"].get_output(0).shape == (1, 1, 3, 3) and np.asarray(things["layer"].kernel).sum() == 4
    if "tensor" in things:
        assert things["tensor"].shape == (-1, 4)
    if "network" in things and "config" in things:
        assert things["network"].builder.build_serialized_network(things["network"], things["config"]) is not None
    if "plan" in things:
        assert bytes(things["plan"])[:8] == b"TERNPLAN"


@pytest.mark.parametrize("seed", range(40))
def test_any_order_of_deletion(seed):
    things = everything()
    for kind in np.random.default_rng(seed).permutation(KINDS):
        del things[str(kind)]
        gc.collect()
        still_works(things)


def test_every_pair_alone():
    for kept in itertools.combinations(KINDS, 2):
        things = everything()
        things = {kind: things[kind] for kind in kept}
        gc.collect()
        still_works(things)


def test_weights_live_as_long_as_the_network():
    bench = Bench()
    x = bench.input("x", (1, 4))
    for i in range(50):
        x = bench.network.add_elementwise(
            x, bench.network.add_constant((1, 4), np.full((1, 4), i, np.float32)).get_output(0),
            trt.ElementWiseOperation.SUM).get_output(0)
        np.full((1, 4), -1e9, np.float32)  # would take the place of a freed array
    bench.output(x)
    from helpers import run
    assert (run(bench.engine(), x=np.zeros((1, 4), np.float32))[0] == sum(range(50))).all()


def test_arrays_that_are_bound_are_kept():
    bench = Bench()
    bench.output(bench.network.add_identity(bench.input("x", (4,))).get_output(0))
    context = bench.engine().create_execution_context()
    x, y = np.ones(4, np.float32), np.zeros(4, np.float32)
    alive = weakref.ref(x)
    assert context.set_tensor_address("x", x) and context.set_tensor_address("y0", y)
    del x
    gc.collect()
    assert alive() is not None and context.execute_async_v3(0) and (y == 1).all()
    assert context.set_tensor_address("x", 0)
    gc.collect()
    assert alive() is None


def test_with_frees_nothing():
    with trt.Builder(Memory()) as builder, builder.create_network(1) as network, \
            builder.create_builder_config() as config:
        network.mark_output(network.add_softmax(network.add_input("x", trt.float32, (4,))).get_output(0))
    with builder.build_engine(network, config) as engine, engine.create_execution_context() as context:
        pass
    with engine.serialize() as plan, trt.Runtime(Memory()) as runtime:
        pass
    assert runtime.deserialize_cuda_engine(plan) is not None and context.engine is engine and len(network) == 1


def test_cycles_through_callbacks_are_collected():
    class Holder(Memory):
        pass

    def make():
        logger = Holder()
        logger.builder = trt.Builder(logger)
        logger.network = logger.builder.create_network(1)
        logger.config = logger.builder.create_builder_config()
        logger.network.mark_output(
            logger.network.add_softmax(logger.network.add_input("x", trt.float32, (4,))).get_output(0))
        logger.engine = logger.builder.build_engine(logger.network, logger.config)
        logger.context = logger.engine.create_execution_context()
        logger.tensor = logger.network.get_input(0)

        class Times(trt.IProfiler):
            pass

        logger.context.profiler = times = Times()
        times.logger = logger
        return weakref.ref(logger)

    gc.collect()
    refs = [make() for _ in range(5)]
    gc.collect()
    assert [ref() for ref in refs] == [None] * 5


def test_memory_does_not_grow():
    import resource
    everything()
    for rounds in (30, 200):
        for _ in range(rounds):
            still_works(everything())
        gc.collect()
        if rounds == 30:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 * 1024


@pytest.mark.parametrize("what", ["sys.exit(0)", "pass", "gc.disable()", "os._exit(0)"])
def test_the_interpreter_may_end_with_everything_alive_and_work_queued(what):
    python("""
        import gc, os, sys
        import numpy as np
        sys.path.insert(0, sys.argv[1])
        import ternrt as trt
        from helpers import Bench
        from ternrt.cuda import driver as cuda
        bench = Bench()
        bench.output(bench.network.add_softmax(bench.input("x", (64, 64))).get_output(0))
        context = bench.engine().create_execution_context()
        class Times(trt.IProfiler):
            def report_layer_time(self, layer_name, ms):
                pass
        context.profiler = Times()
        stream, x, y = cuda.Stream(), cuda.pagelocked_zeros((64, 64), "f4"), cuda.pagelocked_zeros((64, 64), "f4")
        for _ in range(500):
            context.execute_async_v2([x, y], stream.handle)
        bench.logger.me = bench.logger
        keep = [bench, context, stream, x, y]
        sys.modules["kept_until_the_very_end"] = keep
        """ + what, str(__import__("pathlib").Path(__file__).parent))
