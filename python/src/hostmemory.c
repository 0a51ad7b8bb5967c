/* SPDX-License-Identifier: Apache-2.0
 *
 * IHostMemory: bytes that the library made (a plan, a text), read through the buffer protocol
 * without a copy.
 */
#include "ternrt.h"

PyTypeObject *ternrt_memory_type;

PyObject *ternrt_memory_of(tern_memory *memory)
{
    ternrt_memory *self = ternrt_alloc(ternrt_memory_type);
    if (self == NULL) {
        tern_memory_destroy(memory);
        return NULL;
    }
    self->memory = memory;
    self->data = tern_memory_data(memory);
    self->size = tern_memory_size(memory);
    return (PyObject *)self;
}

PyObject *ternrt_memory_view(const void *data, size_t size, PyObject *owner)
{
    ternrt_memory *self = ternrt_alloc(ternrt_memory_type);
    if (self != NULL) {
        self->data = data;
        self->size = size;
        self->owner = Py_NewRef(owner);
    }
    return (PyObject *)self;
}

static void destroy(void *memory)
{
    tern_memory_destroy(memory);
}

static void memory_dealloc(PyObject *object)
{
    ternrt_memory *self = (ternrt_memory *)object;
    PyObject_GC_UnTrack(object);
    ternrt_release(destroy, self->memory);
    Py_XDECREF(self->owner);
    ternrt_free(object);
}

static int memory_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((ternrt_memory *)object)->owner);
    return 0;
}

static int memory_getbuffer(PyObject *object, Py_buffer *view, int flags)
{
    const ternrt_memory *self = (ternrt_memory *)object;
    return PyBuffer_FillInfo(view, object, (void *)(uintptr_t)self->data, (Py_ssize_t)self->size, 1,
                             flags);
}

static Py_ssize_t memory_length(PyObject *object)
{
    return (Py_ssize_t)((ternrt_memory *)object)->size;
}

static PyObject *get_nbytes(PyObject *object, void *closure)
{
    (void)closure;
    return PyLong_FromSize_t(((ternrt_memory *)object)->size);
}

static PyObject *get_dtype(PyObject *object, void *closure)
{
    (void)object, (void)closure;
    return ternrt_dtype_object(TERN_DTYPE_I8);
}

static PyMethodDef methods[] = {
    TERNRT_WITH,
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef properties[] = {
    {"nbytes", get_nbytes, NULL, TERNRT_DOC("Number of bytes."), NULL},
    {"dtype", get_dtype, NULL, TERNRT_DOC("Element type: INT8, bytes."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc, TERNRT_DOC("Bytes of the library: bytes(x), memoryview(x), file.write(x).")},
    {Py_tp_dealloc, (void *)memory_dealloc},
    {Py_tp_traverse, (void *)memory_traverse},
    {Py_sq_length, (void *)memory_length},
    {Py_bf_getbuffer, (void *)memory_getbuffer},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {0, NULL},
};
static PyType_Spec spec = {
    "ternrt.IHostMemory", sizeof(ternrt_memory), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};

int ternrt_memory_init(PyObject *module)
{
    ternrt_memory_type = ternrt_type_make(module, &spec, NULL);
    return ternrt_memory_type != NULL ? 0 : -1;
}
