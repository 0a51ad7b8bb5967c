/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory of the device as Python objects: DeviceAllocation is a number that owns what it points to,
 * HostAllocation the same with a buffer (page-locked arrays lie in it).  Freeing waits for queued
 * work, as it does in CUDA.
 */
#include "ternrt.h"

typedef struct allocation {
    PyObject base;
    void *address; /* NULL: freed */
    size_t size;
} allocation;

static PyTypeObject *device_type, *host_type;

static allocation *cast(PyObject *object)
{
    return (allocation *)object;
}

static PyObject *make(PyTypeObject *type, PyObject *args)
{
    Py_ssize_t size = 0;
    if (!PyArg_ParseTuple(args, "n", &size)) {
        return NULL;
    }
    if (size < 0) {
        return PyErr_Format(PyExc_ValueError, "%zd bytes cannot be allocated", size);
    }
    allocation *self = ternrt_alloc(type);
    if (self == NULL) {
        return NULL;
    }
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_device_alloc(size > 0 ? (size_t)size : 1, &self->address);
    if (ternrt_leave(&call) < 0 || status != TERN_OK) {
        Py_DECREF((PyObject *)self);
        return PyErr_Occurred() != NULL ? NULL : ternrt_raise(status);
    }
    self->size = (size_t)size;
    return (PyObject *)self;
}

static PyObject *allocation_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    if (keywords != NULL && PyDict_Size(keywords) > 0) {
        return PyErr_Format(PyExc_TypeError, "takes one number of bytes");
    }
    return make(type, args);
}

static void destroy(void *address)
{
    ternrt_wait_for_streams();
    (void)!tern_device_free(address); /* ours, and not freed before */
}

static void allocation_dealloc(PyObject *object)
{
    ternrt_release(destroy, cast(object)->address);
    ternrt_free(object);
}

static PyObject *allocation_free(PyObject *object, PyObject *unused)
{
    (void)unused;
    void *address = cast(object)->address;
    cast(object)->address = NULL;
    ternrt_release(destroy, address);
    Py_RETURN_NONE;
}

static PyObject *allocation_int(PyObject *object)
{
    if (cast(object)->address == NULL) {
        return PyErr_Format(PyExc_ValueError, "this memory was freed");
    }
    return PyLong_FromVoidPtr(cast(object)->address);
}

static int allocation_true(PyObject *object)
{
    return cast(object)->address != NULL;
}

static int host_getbuffer(PyObject *object, Py_buffer *view, int flags)
{
    return PyBuffer_FillInfo(view, object, cast(object)->address, (Py_ssize_t)cast(object)->size, 0,
                             flags);
}

static PyObject *get_size(PyObject *object, void *closure)
{
    (void)closure;
    return PyLong_FromSize_t(cast(object)->size);
}

static PyMethodDef device_methods[] = {
    {"free", allocation_free, METH_NOARGS, TERNRT_DOC("Give the memory back now.")},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef properties[] = {
    {"size", get_size, NULL, TERNRT_DOC("Number of bytes."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot device_slots[] = {
    {Py_tp_doc, TERNRT_DOC("DeviceAllocation(bytes): device memory; int(x) is its address.")},
    {Py_tp_new, (void *)allocation_new},
    {Py_tp_dealloc, (void *)allocation_dealloc},
    {Py_nb_int, (void *)allocation_int},
    {Py_nb_index, (void *)allocation_int},
    {Py_nb_bool, (void *)allocation_true},
    {Py_tp_methods, device_methods},
    {Py_tp_getset, properties},
    {0, NULL},
};
static PyType_Spec device_spec = {"ternrt.cuda.DeviceAllocation", sizeof(allocation), 0,
                                  Py_TPFLAGS_DEFAULT, device_slots};

/* No free(): arrays that lie in it keep it alive. */
static PyType_Slot host_slots[] = {
    {Py_tp_doc,
     TERNRT_DOC("HostAllocation(bytes): page-locked memory behind the buffer protocol.")},
    {Py_tp_new, (void *)allocation_new},
    {Py_tp_dealloc, (void *)allocation_dealloc},
    {Py_nb_int, (void *)allocation_int},
    {Py_nb_index, (void *)allocation_int},
    {Py_bf_getbuffer, (void *)host_getbuffer},
    {Py_tp_getset, properties},
    {0, NULL},
};
static PyType_Spec host_spec = {"ternrt.cuda.HostAllocation", sizeof(allocation), 0,
                                Py_TPFLAGS_DEFAULT, host_slots};

int ternrt_device_memory_init(PyObject *module)
{
    device_type = ternrt_type_make(module, &device_spec, NULL);
    host_type = ternrt_type_make(module, &host_spec, NULL);
    return device_type != NULL && host_type != NULL ? 0 : -1;
}
