/* SPDX-License-Identifier: Apache-2.0
 *
 * INetworkDefinition.  Layers and tensors are handles that live as long as the network; each has at
 * most one wrapper, so that `is` and == mean the same thing twice.  add.c adds the layers.
 */
#include "ternrt.h"

#include <string.h>

PyTypeObject *ternrt_network_type;

static ternrt_network *cast(PyObject *object)
{
    return (ternrt_network *)object;
}

/* What create_network's flags say about the batch (rule: a chosen era decides alone, none leaves it
   open). */
static tern_batch batch_of_flags(uint64_t flags)
{
    const int first = ternrt_enum_first(TERNRT_NetworkDefinitionCreationFlag);
    const int era = ternrt_era();
    if ((flags >> (TERNRT_NetworkDefinitionCreationFlag_EXPLICIT_BATCH - first) & 1) != 0 ||
        era >= 10) {
        return TERN_BATCH_IS_EXPLICIT;
    }
    if (era != 0) {
        return TERN_BATCH_IS_IMPLICIT;
    }
    return flags != 0 ? TERN_BATCH_IS_EXPLICIT
                      : TERN_BATCH_DECIDE_LATER; /* the other flags are newer than implicit batch */
}

PyObject *ternrt_network_make(ternrt_builder *builder, uint64_t flags)
{
    ternrt_network *self = ternrt_alloc(ternrt_network_type);
    if (self == NULL) {
        return NULL;
    }
    self->builder = Py_NewRef((PyObject *)builder);
    self->reporter.parent = &builder->reporter;
    self->flags = flags;
    if (ternrt_era() == 11) { /* knows no other networks */
        self->flags |= UINT64_C(1) << (TERNRT_NetworkDefinitionCreationFlag_STRONGLY_TYPED -
                                       ternrt_enum_first(TERNRT_NetworkDefinitionCreationFlag));
    }
    self->handles = PyDict_New();
    self->notes = PyDict_New();
    self->keep = PyList_New(0);
    if (self->handles == NULL || self->notes == NULL || self->keep == NULL) {
        Py_DECREF(self);
        return NULL;
    }
    const tern_batch batch = batch_of_flags(flags);
    self->batch_open = batch == TERN_BATCH_DECIDE_LATER;
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_network_create(builder->builder, batch, &self->network);
    if (ternrt_leave(&call) < 0 || status != TERN_OK) {
        Py_DECREF(self);
        return PyErr_Occurred() != NULL ? NULL : Py_NewRef(Py_None);
    }
    return (PyObject *)self;
}

static void destroy(void *network)
{
    tern_network_destroy(network);
}

static void network_dealloc(PyObject *object)
{
    PyObject_GC_UnTrack(object);
    ternrt_release(destroy, cast(object)->network);
    Py_XDECREF(cast(object)->handles);
    Py_XDECREF(cast(object)->notes);
    Py_XDECREF(cast(object)->keep);
    ternrt_reporter_drop(&cast(object)->reporter);
    Py_XDECREF(cast(object)->builder);
    ternrt_free(object);
}

static int network_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(cast(object)->builder);
    Py_VISIT(cast(object)->keep);
    Py_VISIT(cast(object)->notes);
    return ternrt_reporter_traverse(&cast(object)->reporter, visit, arg);
}

/* ---- wrappers and notes ---- */

PyObject *ternrt_network_wrap(ternrt_network *network, void *handle, PyTypeObject *type)
{
    PyObject *key = PyLong_FromVoidPtr(handle);
    PyObject *known = key != NULL ? PyDict_GetItemWithError(network->handles, key) : NULL;
    if (known != NULL) {
        Py_DECREF(key);
        return Py_NewRef((PyObject *)PyLong_AsVoidPtr(known));
    }
    ternrt_handle *self = key != NULL && PyErr_Occurred() == NULL ? ternrt_alloc(type) : NULL;
    PyObject *address = self != NULL ? PyLong_FromVoidPtr(self) : NULL;
    if (address != NULL && PyDict_SetItem(network->handles, key, address) == 0) {
        self->handle = handle;
        self->network = (ternrt_network *)Py_NewRef((PyObject *)network);
    } else {
        Py_CLEAR(self);
    }
    Py_XDECREF(address);
    Py_XDECREF(key);
    return (PyObject *)self;
}

void ternrt_network_forget(ternrt_network *network, void *handle)
{
    PyObject *key = PyLong_FromVoidPtr(handle);
    if (key == NULL || PyDict_DelItem(network->handles, key) < 0) {
        PyErr_Clear();
    }
    Py_XDECREF(key);
}

void ternrt_handle_dealloc(PyObject *object)
{
    ternrt_handle *self = (ternrt_handle *)object;
    PyObject_GC_UnTrack(object);
    if (self->network != NULL) {
        PyObject *type = NULL, *value = NULL, *trace = NULL;
        PyErr_Fetch(&type, &value, &trace);
        ternrt_network_forget(self->network, self->handle);
        PyErr_Restore(type, value, trace);
        Py_DECREF((PyObject *)self->network);
    }
    ternrt_free(object);
}

int ternrt_handle_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)((ternrt_handle *)object)->network);
    return 0;
}

static PyObject *note_key(const void *handle, const char *name)
{
    return Py_BuildValue("(Ns)", PyLong_FromVoidPtr((void *)(uintptr_t)handle), name);
}

void ternrt_network_note(ternrt_network *network, const void *handle, const char *name,
                         PyObject *value)
{
    PyObject *key = note_key(handle, name);
    if (key == NULL || (value != NULL ? PyDict_SetItem(network->notes, key, value)
                                      : PyDict_DelItem(network->notes, key)) < 0) {
        PyErr_Clear();
    }
    Py_XDECREF(key);
}

PyObject *ternrt_network_noted(ternrt_network *network, const void *handle, const char *name)
{
    PyObject *key = note_key(handle, name);
    PyObject *value = key != NULL ? PyDict_GetItemWithError(network->notes, key) : NULL;
    Py_XDECREF(key);
    return value;
}

int ternrt_network_decide(ternrt_network *network, tern_batch batch, const char *cause)
{
    ternrt_call call;
    ternrt_enter_as(&call, &network->reporter);
    const tern_status status = tern_network_decide_batch(network->network, batch, cause);
    network->batch_open = false;
    return ternrt_leave(&call) < 0 ? -1 : status == TERN_OK;
}

/* ---- inputs and outputs ---- */

static PyObject *add_input(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *keywords)
{
    static const ternrt_signature takes = {"add_input", 3, {"name", "dtype", "shape"}};
    PyObject *given[3];
    tern_dtype dtype = TERN_DTYPE_F32;
    ternrt_dims dims;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    const char *name = ternrt_utf8(given[0], "name");
    if (name == NULL || ternrt_dtype_read(given[1], &dtype) < 0 ||
        ternrt_dims_read(given[2], &dims) < 0) {
        return NULL;
    }
    tern_tensor *tensor = NULL;
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
    (void)!tern_network_add_input(cast(self)->network, name, dtype, dims.count, dims.v, &tensor);
    return ternrt_leave(&call) < 0 ? NULL : ternrt_tensor_wrap(cast(self), tensor);
}

static PyObject *with_tensor(PyObject *self, PyObject *object,
                             tern_status (*change)(tern_network *, tern_tensor *), bool tell)
{
    if (!Py_IS_TYPE(object, ternrt_tensor_type)) {
        return PyErr_Format(PyExc_TypeError, "expected an ITensor, not %R", object);
    }
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
    const tern_status status = change(cast(self)->network, ((ternrt_handle *)object)->handle);
    if (ternrt_leave(&call) < 0) {
        return NULL;
    }
    return tell ? PyBool_FromLong(status == TERN_OK) : Py_NewRef(Py_None);
}

/* Unless the network is strongly typed, outputs are given as FLOAT where layers make a smaller
 * floating-point type that TensorRT has no outputs of. */
static tern_status mark_widened(tern_network *network, tern_tensor *tensor)
{
    tern_status status = tern_network_mark_output(network, tensor);
    const tern_dtype dtype = tern_tensor_dtype(tensor);
    if (status == TERN_OK && !tern_tensor_is_input(tensor) &&
        (dtype == TERN_DTYPE_F8E4M3FN || dtype == TERN_DTYPE_F4E2M1 ||
         dtype == TERN_DTYPE_F8E8M0)) {
        status = tern_tensor_set_dtype(tensor, TERN_DTYPE_F32);
    }
    return status;
}

static PyObject *mark_output(PyObject *self, PyObject *tensor)
{
    const uint64_t strong = UINT64_C(1)
                            << (TERNRT_NetworkDefinitionCreationFlag_STRONGLY_TYPED -
                                ternrt_enum_first(TERNRT_NetworkDefinitionCreationFlag));
    const bool is_strong = (cast(self)->flags & strong) != 0;
    return with_tensor(self, tensor, is_strong ? tern_network_mark_output : mark_widened, false);
}
TERNRT_ONE(mark_output, "tensor")

static PyObject *unmark_output(PyObject *self, PyObject *tensor)
{
    return with_tensor(self, tensor, tern_network_unmark_output, false);
}
TERNRT_ONE(unmark_output, "tensor")

static PyObject *mark_output_for_shapes(PyObject *self, PyObject *tensor)
{
    return with_tensor(self, tensor, tern_network_mark_shape_output, true);
}
TERNRT_ONE(mark_output_for_shapes, "tensor")

static PyObject *unmark_output_for_shapes(PyObject *self, PyObject *tensor)
{
    return with_tensor(self, tensor, tern_network_unmark_output, true);
}
TERNRT_ONE(unmark_output_for_shapes, "tensor")

static int read_index(PyObject *object, int32_t count, int32_t *out_index)
{
    if (ternrt_i32(object, out_index) < 0) {
        return -1;
    }
    *out_index += *out_index < 0 ? count : 0;
    if (*out_index < 0 || *out_index >= count) {
        PyErr_Format(PyExc_IndexError, "index %d is outside %d", *out_index, count);
        return -1;
    }
    return 0;
}

static PyObject *get_input(PyObject *self, PyObject *object)
{
    int32_t index = 0;
    if (read_index(object, tern_network_input_count(cast(self)->network), &index) < 0) {
        return NULL;
    }
    return ternrt_tensor_wrap(cast(self), tern_network_input(cast(self)->network, index));
}
TERNRT_ONE(get_input, "index")

static PyObject *get_output(PyObject *self, PyObject *object)
{
    int32_t index = 0;
    if (read_index(object, tern_network_output_count(cast(self)->network), &index) < 0) {
        return NULL;
    }
    return ternrt_tensor_wrap(cast(self), tern_network_output(cast(self)->network, index));
}
TERNRT_ONE(get_output, "index")

static PyObject *get_layer(PyObject *self, PyObject *object)
{
    int32_t index = 0;
    if (read_index(object, tern_network_layer_count(cast(self)->network), &index) < 0) {
        return NULL;
    }
    return ternrt_layer_wrap(cast(self), tern_network_layer(cast(self)->network, index));
}
TERNRT_ONE(get_layer, "index")

static Py_ssize_t network_length(PyObject *self)
{
    return tern_network_layer_count(cast(self)->network);
}

static PyObject *network_item(PyObject *self, Py_ssize_t index)
{
    if (index < 0 || index >= network_length(self)) {
        return PyErr_Format(PyExc_IndexError, "layer %zd is outside %zd layers", index,
                            network_length(self));
    }
    return ternrt_layer_wrap(cast(self), tern_network_layer(cast(self)->network, (int32_t)index));
}

static int always_true(PyObject *self)
{
    (void)self;
    return 1; /* also while it has no layers */
}

/* ---- properties ---- */

static PyObject *serialize(PyObject *self, PyObject *unused)
{
    (void)unused;
    tern_memory *text = NULL;
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
    const tern_status status = tern_network_print(cast(self)->network, &text);
    if (ternrt_leave(&call) < 0) {
        tern_memory_destroy(text);
        return NULL;
    }
    return status == TERN_OK ? ternrt_memory_of(text) : Py_NewRef(Py_None);
}

/* Kept for those who ask by it; refitting by name is not here. */
static PyObject *set_weights_name(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                  PyObject *keywords)
{
    static const ternrt_signature takes = {"set_weights_name", 2, {"weights", "name"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0 ||
        ternrt_utf8(given[1], "name") == NULL) {
        return NULL;
    }
    ternrt_weights *weights = ternrt_weights_read(given[0]);
    if (weights == NULL) {
        return NULL;
    }
    const tern_weights wanted = weights->weights;
    bool found = false;
    for (Py_ssize_t i = 0; !found && i < PyList_Size(cast(self)->keep); i++) {
        PyObject *kept = PyList_GetItem(cast(self)->keep, i);
        if (Py_IS_TYPE(kept, ternrt_weights_type)) {
            const tern_weights known = ((ternrt_weights *)kept)->weights;
            found = known.data == wanted.data && known.count == wanted.count &&
                    known.dtype == wanted.dtype;
        }
    }
    if (found) {
        ternrt_network_note(cast(self), wanted.data, "weights name", given[1]);
    } else {
        ternrt_log(&cast(self)->reporter, TERN_SEVERITY_ERROR,
                   "set_weights_name: no layer of the network has these weights");
    }
    Py_DECREF((PyObject *)weights);
    return PyBool_FromLong(found);
}

static PyObject *get_flag(PyObject *self, PyObject *object)
{
    const int member = ternrt_member_read(object, TERNRT_NetworkDefinitionCreationFlag);
    if (member < 0) {
        return NULL;
    }
    const int bit = member - ternrt_enum_first(TERNRT_NetworkDefinitionCreationFlag);
    return PyBool_FromLong((long)(cast(self)->flags >> bit & 1));
}
TERNRT_ONE(get_flag, "flag")

static PyObject *get_flags(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLongLong(
        ternrt_mask_write(TERNRT_NetworkDefinitionCreationFlag, cast(self)->flags));
}

static PyObject *get_name(PyObject *self, void *closure)
{
    (void)closure;
    return ternrt_text(tern_network_name(cast(self)->network));
}

static int set_name(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    const char *name = ternrt_is_deleted(value) ? NULL : ternrt_utf8(value, "name");
    if (name == NULL) {
        return -1;
    }
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
    (void)!tern_network_set_name(cast(self)->network, name);
    return ternrt_leave(&call);
}

static PyObject *get_implicit(PyObject *self, void *closure)
{
    (void)closure;
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
    const int32_t implicit = tern_network_has_implicit_batch(cast(self)->network);
    cast(self)->batch_open = false;
    return ternrt_leave(&call) < 0 ? NULL : PyBool_FromLong(implicit);
}

static PyObject *get_explicit_precision(PyObject *self, void *closure)
{
    (void)closure;
    const int bit = TERNRT_NetworkDefinitionCreationFlag_EXPLICIT_PRECISION -
                    ternrt_enum_first(TERNRT_NetworkDefinitionCreationFlag);
    return PyBool_FromLong((long)(cast(self)->flags >> bit & 1));
}

static PyObject *get_builder(PyObject *self, void *closure)
{
    (void)closure;
    return Py_NewRef(cast(self)->builder);
}

/* The closure counts. */
typedef struct counter {
    int32_t (*count)(const tern_network *network);
} counter;

static counter inputs = {tern_network_input_count}, outputs = {tern_network_output_count},
               layers = {tern_network_layer_count};

static PyObject *get_count(PyObject *self, void *closure)
{
    return PyLong_FromLong(((counter *)closure)->count(cast(self)->network));
}

static const PyMethodDef methods[] = {
    {"add_input", TERNRT_KEYWORDS(add_input),
     TERNRT_DOC("add_input(name, dtype, shape) -> ITensor, or None")},
    {"mark_output", TERNRT_KEYWORDS(mark_output_one), TERNRT_DOC("mark_output(tensor)")},
    {"unmark_output", TERNRT_KEYWORDS(unmark_output_one), TERNRT_DOC("unmark_output(tensor)")},
    {"mark_output_for_shapes", TERNRT_KEYWORDS(mark_output_for_shapes_one),
     TERNRT_DOC("mark_output_for_shapes(tensor) -> bool")},
    {"unmark_output_for_shapes", TERNRT_KEYWORDS(unmark_output_for_shapes_one),
     TERNRT_DOC("The opposite -> bool")},
    {"get_input", TERNRT_KEYWORDS(get_input_one), TERNRT_DOC("get_input(index) -> ITensor")},
    {"get_output", TERNRT_KEYWORDS(get_output_one), TERNRT_DOC("get_output(index) -> ITensor")},
    {"get_layer", TERNRT_KEYWORDS(get_layer_one), TERNRT_DOC("get_layer(index) -> ILayer")},
    {"set_weights_name", TERNRT_KEYWORDS(set_weights_name),
     TERNRT_DOC("set_weights_name(weights, name) -> bool\n\nWhether a layer has these weights: the "
                "same memory, type and count. The name is kept; it has no effect, since nothing "
                "here refits by name. False is logged as an error.")},
    {"get_flag", TERNRT_KEYWORDS(get_flag_one),
     TERNRT_DOC("get_flag(flag: NetworkDefinitionCreationFlag) -> bool")},
    {"serialize", serialize, METH_NOARGS, TERNRT_DOC("The network as text IR, an IHostMemory.")},
    TERNRT_WITH,
};
static PyGetSetDef properties[] = {
    {"name", get_name, set_name, TERNRT_DOC("Name of the network and of its engines."), NULL},
    {"num_inputs", get_count, NULL, NULL, &inputs},
    {"num_outputs", get_count, NULL, NULL, &outputs},
    {"num_layers", get_count, NULL, NULL, &layers},
    {"has_implicit_batch_dimension", get_implicit, NULL,
     TERNRT_DOC("Decides, if nothing has: explicit."), NULL},
    {"flags", get_flags, NULL, TERNRT_DOC("Mask of NetworkDefinitionCreationFlag integers."), NULL},
    {"has_explicit_precision", get_explicit_precision, NULL, NULL, NULL},
    {"builder", get_builder, NULL, NULL, NULL},
    TERNRT_ERROR_RECORDER(ternrt_network),
    {NULL, NULL, NULL, NULL, NULL},
};

int ternrt_network_init(PyObject *module)
{
    int adder_count = 0;
    const PyMethodDef *adders = ternrt_network_adders(&adder_count);
    const size_t own = sizeof methods / sizeof *methods;
    PyMethodDef *all =
        PyMem_Calloc(own + (size_t)adder_count + 1, sizeof *all); /* as long as the type */
    if (all == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(all, methods, sizeof methods);
    memcpy(all + own, adders, (size_t)adder_count * sizeof *all);
    PyType_Slot slots[] = {
        {Py_tp_doc, TERNRT_DOC("A network: inputs, layers, outputs.")},
        {Py_tp_dealloc, (void *)network_dealloc},
        {Py_tp_traverse, (void *)network_traverse},
        {Py_sq_length, (void *)network_length},
        {Py_sq_item, (void *)network_item},
        {Py_nb_bool, (void *)always_true},
        {Py_tp_methods, all},
        {Py_tp_getset, properties},
        {0, NULL},
    };
    PyType_Spec spec = {"ternrt.INetworkDefinition", sizeof(ternrt_network), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                        slots};
    ternrt_network_type = ternrt_type_make(module, &spec, NULL);
    return ternrt_network_type != NULL ? 0 : -1;
}
