# SPDX-License-Identifier: Apache-2.0
"""The ONNX backend interface: `ternrt.backend.prepare(model).run(inputs)`.

A model is imported once.  Engines are built for the shapes of the inputs that run() is given, and for the values of
those that compute shapes, and a few of them are kept.

A network has a fixed number of tensors.  A model with inputs that are sequences or optionals, or whose sequences get a
length that depends on inputs, is imported for what run() is given; a few of those imports are kept instead.  A sequence
is a list of arrays, and an empty optional is None.
"""
import collections
import os
import threading

import numpy as np

from . import _ternrt as trt

MOST_ENGINES = 8  # of one model, the least recently used goes
MOST_VALUES = 1024  # elements of an integer input that may decide how long sequences get

_ABSENT, _TENSOR, _SEQUENCE = 0, 1, 2  # tern_onnx_form

# An input or output of the model: its tensors are count from first on.
_Port = collections.namedtuple("_Port", "name form is_optional has_default dtype first count")


class Refused(RuntimeError):
    """A model that was not taken; the text has one reason a line, each with the node's name and operator."""


class _Log(trt.ILogger):
    """Keeps errors for the exception; warnings and the rest are nobody's here."""

    def __init__(self):
        trt.ILogger.__init__(self)
        self.errors = []

    def log(self, severity, msg):
        if severity <= trt.ILogger.ERROR:
            self.errors.append(msg)

    def take(self):
        errors, self.errors = self.errors, []
        return "\n".join(dict.fromkeys(errors)) or "no reason given"


# ---- element types ----

def _numpy_dtype(name):
    """The NumPy type of that name, those of ml_dtypes among them."""
    try:
        return np.dtype(name)
    except TypeError:
        import ml_dtypes
        return np.dtype(getattr(ml_dtypes, name))


def _numpy_type(dtype):
    """The NumPy type of a DataType and its bits."""
    name, bits = trt._dtype_numpy(dtype)
    return _numpy_dtype(name), bits


def _pack(array, bits):
    """Dense bytes: elements of less than a byte packed, the first in the low bits."""
    if bits >= 8:
        return np.ascontiguousarray(array)
    each = 8 // bits
    flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8) & ((1 << bits) - 1)
    flat = np.append(flat, np.zeros(-flat.size % each, np.uint8)).reshape(-1, each)
    return np.bitwise_or.reduce(flat << (np.arange(each, dtype=np.uint8) * bits), axis=1).astype(np.uint8)


def _unpack(data, dtype, bits, shape):
    each, count = 8 // bits, int(np.prod(shape, dtype=np.int64))
    flat = (data[:, None] >> (np.arange(each, dtype=np.uint8) * bits)) & ((1 << bits) - 1)
    flat = flat.reshape(-1)[:count].astype(np.uint8)
    if dtype.name.startswith("int"):  # the byte that holds a negative element has its sign
        top = 1 << (bits - 1)
        flat = np.where(flat >= top, flat | (0xFF & ~((1 << bits) - 1)), flat).astype(np.uint8)
    return flat.view(dtype).reshape(shape)


def _byte_count(shape, bits):
    return -(-int(np.prod(shape, dtype=np.int64)) * bits // 8)


# ---- running an engine ----

class _Grow(trt.IOutputAllocator):
    """Memory for an output whose shape is known when it is computed."""

    def __init__(self):
        trt.IOutputAllocator.__init__(self)
        self.memory, self.shape = np.empty(1, np.uint8), None

    def reallocate_output(self, tensor_name, memory, size, alignment):
        if size > self.memory.size:
            self.memory = np.empty(size, np.uint8)
        return self.memory.ctypes.data

    def reallocate_output_async(self, tensor_name, memory, size, alignment, stream):
        return self.reallocate_output(tensor_name, memory, size, alignment)

    def notify_shape(self, tensor_name, shape):
        self.shape = tuple(shape)


class _Engine:
    """An engine with its context."""

    def __init__(self, plan, log):
        self.log = log
        self.engine = trt.Runtime(log).deserialize_cuda_engine(plan)
        if self.engine is None:
            raise Refused(log.take())
        self.growing = set()  # outputs whose shapes only a run tells
        self.context = self.engine.create_execution_context()
        if self.context is None:
            raise Refused(log.take())

    def _check(self, done):
        if not done:
            raise RuntimeError(self.log.take())

    def run(self, feeds, outputs):
        """feeds: {name: array of the right type}; outputs: names."""
        context, held, places = self.context, [], {}
        for i in range(self.engine.num_io_tensors):
            name = self.engine.get_tensor_name(i)
            if self.engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT:
                packed = _pack(feeds[name], _numpy_type(self.engine.get_tensor_dtype(name))[1])
                held.append(packed)
                if -1 in tuple(self.engine.get_tensor_shape(name)):
                    self._check(context.set_input_shape(name, feeds[name].shape))
                self._check(context.set_tensor_address(name, packed.ctypes.data))
        self._check(not context.infer_shapes())
        for name in outputs:
            places[name] = self._place(name)
        self._check(context.execute_async_v3(0))
        return [self._take(name, places[name]) for name in outputs]

    def _place(self, name):
        shape, context = tuple(self.context.get_tensor_shape(name)), self.context
        if name in self.growing or any(extent < 0 for extent in shape):  # afterwards the shape is that of the last run
            self.growing.add(name)
            grow = _Grow()
            self._check(context.set_output_allocator(name, grow))
            return grow
        bits = _numpy_type(self.engine.get_tensor_dtype(name))[1]
        memory = np.empty(max(1, _byte_count(shape, bits)), np.uint8)
        self._check(context.set_tensor_address(name, memory.ctypes.data))
        return memory

    def _take(self, name, place):
        dtype, bits = _numpy_type(self.engine.get_tensor_dtype(name))
        is_grown = isinstance(place, _Grow)
        shape = place.shape if is_grown else tuple(self.context.get_tensor_shape(name))
        data = (place.memory if is_grown else place)[:_byte_count(shape, bits)]
        return _unpack(data, dtype, bits, shape) if bits < 8 else data.view(dtype).reshape(shape)


# ---- the interface ----

class BackendRep:
    """A model that was imported; run() gives its outputs."""

    def __init__(self, model, folder=None, optimization_level=None, _given=()):
        self._log = _Log()
        self._lock = threading.Lock()
        self._engines = collections.OrderedDict()
        self._model, self._options = model, {"folder": folder, "optimization_level": optimization_level}
        self._overridden = {}  # set of initializers that were given: the model with these as inputs
        self._builder = trt.Builder(self._log)
        flags = trt.NetworkDefinitionCreationFlag
        self._network = self._builder.create_network(1 << int(flags.EXPLICIT_BATCH) | 1 << int(flags.STRONGLY_TYPED))
        self._undecided = None  # why the model can be imported only for what is given
        self._by_value = False  # ... and for the values of its integer inputs
        self._import(model, folder, list(_given))
        if self._undecided is None:
            self._look()

    def _look(self):
        """What the network has."""
        self._inputs = [self._network.get_input(i) for i in range(self._network.num_inputs)]
        self._outputs = [self._network.get_output(i).name for i in range(self._network.num_outputs)]
        self._types = {x.name: _numpy_type(x.dtype)[0] for x in self._inputs}
        self._shapes = {x.name: tuple(x.shape) for x in self._inputs}
        self._shape_inputs = {x.name for x in self._inputs if x.is_shape_tensor}
        if not self._shape_inputs and not any(-1 in shape for shape in self._shapes.values()) and self._outputs:
            self._engine({})  # there is nothing to wait for

    def _import(self, model, folder, given):
        parser = trt.OnnxParser(self._network, self._log)
        if isinstance(model, (str, os.PathLike)):
            done = parser._parse_given(None, os.fspath(model), given)
        else:
            data = model if isinstance(model, bytes) else model.SerializeToString()
            path = None if folder is None else os.path.join(os.fspath(folder), "model.onnx")
            done = parser._parse_given(data, path, given)
        self._ports, self._results = ([_Port(*port) for port in ports] for ports in parser._get_ports())
        if not done:
            reasons = "\n".join(parser.get_error(i).desc() for i in range(parser.num_errors))
            if not parser._is_undecided():
                raise Refused(reasons)
            self._undecided = reasons
        self._log.take()

    # -- engines --

    def _engine(self, feeds):
        key = tuple((name, feeds[name].shape if -1 in shape else (),
                     feeds[name].tobytes() if name in self._shape_inputs else b"")
                    for name, shape in self._shapes.items())
        engine = self._engines.pop(key, None) or _Engine(self._build(feeds), self._log)
        self._engines[key] = engine
        if len(self._engines) > MOST_ENGINES:
            self._engines.popitem(last=False)
        return engine

    def _build(self, feeds):
        config = self._builder.create_builder_config()
        if self._options["optimization_level"] is not None:
            config.builder_optimization_level = self._options["optimization_level"]
        self._add_profile(config, feeds)
        plan = self._builder.build_serialized_network(self._network, config)
        if plan is None:
            raise Refused(self._log.take())
        return plan

    def _add_profile(self, config, feeds):
        profile, is_needed = self._builder.create_optimization_profile(), False
        for name, shape in self._shapes.items():
            if -1 in shape:
                profile.set_shape(name, *[feeds[name].shape] * 3)
                is_needed = True
            if name in self._shape_inputs:
                profile.set_shape_input(name, *[[int(v) for v in feeds[name].reshape(-1)]] * 3)
                is_needed = True
        if is_needed and config.add_optimization_profile(profile) < 0:
            raise Refused(self._log.take())

    # -- inputs --

    def _initializers(self):
        """Those inputs of the model that have a default, in the model's order of inputs."""
        graph = getattr(self._model, "graph", None)
        if graph is None:
            return {}
        known = {t.name: t for t in graph.initializer}
        return {x.name: known[x.name] for x in graph.input if x.name in known}

    def _names(self, count):
        if count == len(self._shapes):
            return list(self._shapes)
        every = [x.name for x in self._model.graph.input] if hasattr(self._model, "graph") else list(self._shapes)
        if count > len(every):
            raise ValueError("%d inputs are given, the model has %d" % (count, len(every)))
        return every[:count]

    def _feeds(self, inputs):
        if not isinstance(inputs, dict):
            if isinstance(inputs, np.ndarray):
                inputs = [inputs]
            inputs = dict(zip(self._names(len(inputs)), inputs))
        missing = [name for name in self._shapes if name not in inputs]
        if missing:
            raise ValueError("no value for input %s" % ", ".join(map(repr, missing)))
        return {name: self._array(name, value) for name, value in inputs.items()}

    def _array(self, name, value):
        dtype = self._types.get(name)
        array = np.asarray(value) if isinstance(value, (np.ndarray, np.generic)) else np.asarray(value, dtype)
        if dtype is not None and array.dtype != dtype:
            raise TypeError("input %r: it has type %s, the model wants %s" % (name, array.dtype, dtype))
        shape = self._shapes.get(name, array.shape)
        if len(shape) != array.ndim or any(a not in (-1, b) for a, b in zip(shape, array.shape)):
            raise ValueError("input %r: it has shape %s, the model wants %s" % (name, array.shape, shape))
        return array

    def _given_defaults(self, feeds):
        """Initializers that are given another value than they have."""
        return self._changed({name: value for name, value in feeds.items() if name not in self._shapes})

    def _changed(self, given):
        if not given:
            return frozenset()
        from onnx import numpy_helper
        known = self._initializers()
        for name in given:
            if name not in known:
                raise ValueError("the model has no input %r" % name)
        return frozenset(name for name in given
                         if not np.array_equal(numpy_helper.to_array(known[name]), given[name]))

    def _with_inputs(self, names):
        """This model with these initializers as inputs."""
        if names not in self._overridden:
            model = type(self._model)()
            model.CopyFrom(self._model)
            rest = [t for t in model.graph.initializer if t.name not in names]
            del model.graph.initializer[:]
            model.graph.initializer.extend(rest)
            self._overridden[names] = BackendRep(model, **self._options)
        return self._overridden[names]

    # -- models that are imported for what is given --

    def _named(self, inputs):
        """Inputs by name; those with a default that are given are inputs of another model."""
        if not isinstance(inputs, dict):
            inputs = [inputs] if isinstance(inputs, np.ndarray) else list(inputs)
            required = [port.name for port in self._ports if not port.has_default]
            names = required if len(inputs) == len(required) else [port.name for port in self._ports]
            if len(inputs) > len(names):
                raise ValueError("%d inputs are given, the model has %d" % (len(inputs), len(names)))
            inputs = dict(zip(names, inputs))
        known = {port.name: port for port in self._ports}
        for name in inputs:
            if name not in known:
                raise ValueError("the model has no input %r" % name)
        missing = [p.name for p in self._ports if not (p.name in inputs or p.has_default or p.is_optional)]
        if missing:
            raise ValueError("no value for input %s" % ", ".join(map(repr, missing)))
        return inputs

    @staticmethod
    def _tensor(port, value):
        dtype = _numpy_dtype(port.dtype) if port.dtype else None
        array = np.asarray(value) if isinstance(value, (np.ndarray, np.generic)) else np.asarray(value, dtype)
        if dtype is not None and array.dtype != dtype:
            raise TypeError("input %r: it has type %s, the model wants %s" % (port.name, array.dtype, dtype))
        return array

    def _describe(self, port, value):
        """(form, names, arrays) of what is given at an input."""
        if value is None and port.is_optional:
            return _ABSENT, [], []
        is_list = isinstance(value, (list, tuple))
        if port.form == _SEQUENCE:
            if not is_list:
                raise TypeError("input %r: it is a sequence, and wants a list of arrays" % port.name)
            return _SEQUENCE, ["%s[%d]" % (port.name, i) for i in range(len(value))], \
                [self._tensor(port, v) for v in value]
        return _TENSOR, [port.name], [self._tensor(port, value)]

    def _for(self, described):
        """The model imported for this structure."""
        given, key = [], []
        for port, (form, _, arrays) in described:
            values = [x.tobytes() if form == _TENSOR and self._by_value and x.dtype.kind in "iub"
                      and x.size <= MOST_VALUES else None for x in arrays]
            elements = [(x.dtype.name, x.shape, v) for x, v in zip(arrays, values)]
            given.append((port.name, form, elements))
            key.append((port.name, form, tuple(elements)))
        key = tuple(key)
        rep = self._engines.pop(key, None) or BackendRep(self._model, **self._options, _given=given)
        if rep._undecided is not None:
            if self._by_value:
                raise Refused(rep._undecided)
            self._by_value = True
            return self._for(described)
        self._engines[key] = rep
        if len(self._engines) > MOST_ENGINES:
            self._engines.popitem(last=False)
        return rep

    def _run_for(self, inputs):
        inputs = self._named(inputs)
        ports = {port.name: port for port in self._ports}
        defaults = {name: self._tensor(ports[name], x) for name, x in inputs.items() if ports[name].has_default}
        changed = self._changed(defaults)
        if changed:
            wanted = {name: x for name, x in inputs.items() if name not in defaults or name in changed}
            return self._with_inputs(changed).run(wanted)
        described = [(p, self._describe(p, inputs.get(p.name))) for p in self._ports if not p.has_default]
        rep = self._for(described)
        arrays = {n: x for _, (_, names, xs) in described for n, x in zip(names, xs)}
        return rep.run({name: arrays[name] for name in rep._shapes})

    def _put_together(self, tensors):
        """The model's outputs, made of the network's."""
        results = [None if p.form == _ABSENT else
                   tensors[p.first] if p.form == _TENSOR else tensors[p.first:p.first + p.count] for p in self._results]
        return collections.namedtuple("Outputs", [p.name for p in self._results], rename=True)(*results)

    def run(self, inputs, **kwargs):
        """The outputs as a named tuple; inputs in the model's order, or by name in a dict."""
        with self._lock:
            if self._undecided is not None:
                return self._run_for(inputs)
            feeds = self._feeds(inputs)
            given = self._given_defaults(feeds)
            if given:
                wanted = {name: value for name, value in feeds.items() if name in self._shapes or name in given}
                return self._with_inputs(given).run(wanted)
            return self._put_together(self._engine(feeds).run(feeds, self._outputs) if self._outputs else [])


def _is_cpu(device):
    return str(device).split(":")[0].upper() == "CPU"


def supports_device(device):
    """Whether models run on "CPU", "CUDA:0" ..."""
    return _is_cpu(device)


def prepare(model, device="CPU", folder=None, optimization_level=None, **kwargs):
    """A BackendRep of a ModelProto, of a model's bytes, or of the path of a file; raises Refused.

    `folder` is where external data of bytes or a ModelProto may lie.
    """
    if not _is_cpu(device):
        raise Refused("device %r is not there, only \"CPU\" is" % (device,))
    return BackendRep(model, folder, optimization_level)


def is_compatible(model, device="CPU", **kwargs):
    """Whether prepare() takes the model."""
    try:
        prepare(model, device, **kwargs)
    except Refused:
        return False
    return True


def run_model(model, inputs, device="CPU", **kwargs):
    """prepare(model).run(inputs)"""
    return prepare(model, device, **kwargs).run(inputs)


def run_node(node, inputs, device="CPU", outputs_info=None, opset_version=None, **kwargs):
    """The outputs of one NodeProto; inputs in the order of its inputs, without those that are absent."""
    from onnx import defs, helper
    names = [name for name in node.input if name]
    arrays = [np.asarray(x) for x in inputs]
    if len(arrays) != len(names):
        raise ValueError("%d inputs are given, the node has %d" % (len(arrays), len(names)))
    graph = helper.make_graph(
        [node], "node",
        [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape)
         for name, x in dict(zip(names, arrays)).items()],
        [helper.make_empty_tensor_value_info(name) for name in node.output if name])
    opset = helper.make_opsetid("", opset_version or defs.onnx_opset_version())
    opsets = [opset] + ([helper.make_opsetid(node.domain, 1)] if node.domain else [])
    return run_model(helper.make_model(graph, opset_imports=opsets), dict(zip(names, arrays)), device, **kwargs)
