/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams, events and copies: the functions under ternrt.cuda, whose Python files give them
 * pycuda's and cuda-python's names.  Handles are plain integers; failures raise ternrt.Error.
 */
#include "ternrt.h"

#include <string.h>

/* Streams that were made here, so that freeing memory can wait for them.  Guarded by the GIL. */
static struct {
    tern_stream *items;
    size_t count, room;
} streams;

static int remember(tern_stream stream)
{
    if (streams.count == streams.room) {
        const size_t room = 2 * streams.room + 8;
        tern_stream *items = PyMem_Realloc(streams.items, room * sizeof *items);
        if (items == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        streams.items = items;
        streams.room = room;
    }
    streams.items[streams.count++] = stream;
    return 0;
}

static void forget(tern_stream stream)
{
    for (size_t i = 0; i < streams.count; i++) {
        if (streams.items[i] == stream) {
            streams.items[i] = streams.items[--streams.count];
            return;
        }
    }
}

static void wait_for(tern_stream stream)
{
    int32_t idle = 1;
    tern_event event = 0;
    if (tern_stream_query(stream, &idle) != TERN_OK || idle ||
        tern_event_create(&event) != TERN_OK) {
        return;
    }
    if (tern_event_record(event, stream) == TERN_OK) {
        (void)!tern_event_synchronize(event); /* it fires behind failed work too */
    }
    (void)!tern_event_destroy(event);
}

void ternrt_wait_for_streams(void)
{
    enum { MOST = 64 };
    tern_stream copy[MOST];
    for (size_t from = 0;; from += MOST) {
        const PyGILState_STATE gil = PyGILState_Ensure();
        const size_t left = streams.count > from ? streams.count - from : 0;
        const size_t count = left < MOST ? left : MOST;
        memcpy(copy, streams.items != NULL ? streams.items + from : copy, count * sizeof *copy);
        PyGILState_Release(gil);
        for (size_t i = 0; i < count; i++) {
            wait_for(copy[i]);
        }
        if (count < MOST) {
            return;
        }
    }
}

/* ---- arguments ---- */

static int read_handle(PyObject *object, uint64_t *out_handle)
{
    PyObject *number = PyLong_Check(object) ? Py_NewRef(object) : PyNumber_Index(object);
    if (number == NULL) {
        return -1;
    }
    *out_handle = PyLong_AsUnsignedLongLong(number);
    Py_DECREF(number);
    return *out_handle == (uint64_t)-1 && PyErr_Occurred() ? -1 : 0;
}

/* None, a handle, or an object with a handle. */
static int read_stream(PyObject *object, tern_stream *out_stream)
{
    *out_stream = 0;
    if (object == NULL || object == Py_None) {
        return 0;
    }
    if (PyLong_Check(object)) {
        return read_handle(object, out_stream);
    }
    PyObject *handle = PyObject_GetAttrString(object, "handle");
    const int failed = handle == NULL || read_handle(handle, out_stream) < 0;
    Py_XDECREF(handle);
    return failed ? -1 : 0;
}

static PyObject *done(tern_status status, int raised)
{
    return raised < 0 ? NULL : status != TERN_OK ? ternrt_raise(status) : Py_NewRef(Py_None);
}

/* ---- streams and events ---- */

static PyObject *make_handle(tern_status (*create)(uint64_t *), bool is_stream)
{
    uint64_t handle = 0;
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = create(&handle);
    if (ternrt_leave(&call) < 0) {
        return NULL;
    }
    if (status != TERN_OK) {
        return ternrt_raise(status);
    }
    return is_stream && remember(handle) < 0 ? NULL : PyLong_FromUnsignedLongLong(handle);
}

static PyObject *stream_create(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return make_handle(tern_stream_create, true);
}

static PyObject *event_create(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return make_handle(tern_event_create, false);
}

static PyObject *with_handle(PyObject *object, tern_status (*act)(uint64_t))
{
    uint64_t handle = 0;
    if (read_handle(object, &handle) < 0) {
        return NULL;
    }
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = act(handle);
    return done(status, ternrt_leave(&call));
}

static PyObject *with_two(PyObject *const *args, Py_ssize_t n,
                          tern_status (*act)(uint64_t, uint64_t))
{
    uint64_t first = 0, second = 0;
    if (n != 2) {
        return PyErr_Format(PyExc_TypeError, "takes two handles, %zd given", n);
    }
    if (read_handle(args[0], &first) < 0 || read_handle(args[1], &second) < 0) {
        return NULL;
    }
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = act(first, second);
    return done(status, ternrt_leave(&call));
}

static PyObject *ask(PyObject *object, tern_status (*query)(uint64_t, int32_t *))
{
    uint64_t handle = 0;
    int32_t answer = 0;
    if (read_handle(object, &handle) < 0) {
        return NULL;
    }
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = query(handle, &answer);
    if (ternrt_leave(&call) < 0) {
        return NULL;
    }
    return status != TERN_OK ? ternrt_raise(status) : PyBool_FromLong(answer);
}

static PyObject *stream_destroy(PyObject *module, PyObject *object)
{
    (void)module;
    uint64_t handle = 0;
    if (read_handle(object, &handle) < 0) {
        return NULL;
    }
    forget(handle);
    return with_handle(object, tern_stream_destroy);
}

static PyObject *stream_synchronize(PyObject *module, PyObject *object)
{
    (void)module;
    return with_handle(object, tern_stream_synchronize);
}

static PyObject *stream_query(PyObject *module, PyObject *object)
{
    (void)module;
    return ask(object, tern_stream_query);
}

static PyObject *stream_wait_event(PyObject *module, PyObject *const *args, Py_ssize_t n)
{
    (void)module;
    return with_two(args, n, tern_stream_wait_event);
}

static PyObject *event_destroy(PyObject *module, PyObject *object)
{
    (void)module;
    return with_handle(object, tern_event_destroy);
}

static PyObject *event_record(PyObject *module, PyObject *const *args, Py_ssize_t n)
{
    (void)module;
    return with_two(args, n, tern_event_record);
}

static PyObject *event_synchronize(PyObject *module, PyObject *object)
{
    (void)module;
    return with_handle(object, tern_event_synchronize);
}

static PyObject *event_query(PyObject *module, PyObject *object)
{
    (void)module;
    return ask(object, tern_event_query);
}

static PyObject *event_elapsed(PyObject *module, PyObject *const *args, Py_ssize_t n)
{
    (void)module;
    uint64_t start = 0, end = 0;
    double milliseconds = 0;
    if (n != 2) {
        return PyErr_Format(PyExc_TypeError, "takes two events, %zd given", n);
    }
    if (read_handle(args[0], &start) < 0 || read_handle(args[1], &end) < 0) {
        return NULL;
    }
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_event_elapsed(start, end, &milliseconds);
    if (ternrt_leave(&call) < 0) {
        return NULL;
    }
    return status != TERN_OK ? ternrt_raise(status) : PyFloat_FromDouble(milliseconds);
}

static PyObject *device_synchronize(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_device_synchronize();
    return done(status, ternrt_leave(&call));
}

/* ---- memory by address, for cuda-python's runtime ---- */

static PyObject *device_alloc(PyObject *module, PyObject *object)
{
    (void)module;
    void *address = NULL;
    const size_t bytes = PyLong_AsSize_t(object);
    if (bytes == (size_t)-1 && PyErr_Occurred()) {
        return NULL;
    }
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_device_alloc(bytes, &address);
    if (ternrt_leave(&call) < 0) {
        return NULL;
    }
    return status != TERN_OK ? ternrt_raise(status) : PyLong_FromVoidPtr(address);
}

static PyObject *device_free(PyObject *module, PyObject *object)
{
    (void)module;
    void *address = PyLong_AsVoidPtr(object);
    if (address == NULL && PyErr_Occurred()) {
        return NULL;
    }
    ternrt_call call;
    ternrt_enter(&call);
    ternrt_wait_for_streams();
    const tern_status status = tern_device_free(address);
    return done(status, ternrt_leave(&call));
}

/* ---- copies ---- */

static PyObject *copy(void *dst, const void *src, size_t bytes, tern_stream stream)
{
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_device_copy(dst, src, bytes, stream);
    return done(status, ternrt_leave(&call));
}

/* _copy(dst, src, bytes, stream) */
static PyObject *copy_addresses(PyObject *module, PyObject *const *args, Py_ssize_t n)
{
    (void)module;
    void *dst = NULL, *src = NULL;
    PyObject *dst_owner = NULL, *src_owner = NULL;
    tern_stream stream = 0;
    int64_t bytes = 0;
    if (n != 4) {
        return PyErr_Format(PyExc_TypeError, "takes dst, src, bytes and stream, %zd given", n);
    }
    PyObject *result = NULL;
    if (ternrt_address(args[0], &dst, &dst_owner) == 0 &&
        ternrt_address(args[1], &src, &src_owner) == 0 && ternrt_i64(args[2], &bytes) == 0 &&
        read_stream(args[3], &stream) == 0) {
        result = bytes >= 0 ? copy(dst, src, (size_t)bytes, stream)
                            : PyErr_Format(PyExc_ValueError, "%lld bytes cannot be copied",
                                           (long long)bytes);
    }
    Py_XDECREF(dst_owner);
    Py_XDECREF(src_owner);
    return result;
}

/* memcpy_htod(dest, src), memcpy_htod_async(dest, src, stream=None) and the same with dtoh: one
 * side is an array, the other an address; the array tells how much.  Memory that is not page-locked
 * is copied before the call returns. */
static PyObject *copy_array(PyObject *const *args, Py_ssize_t n, PyObject *keywords, bool to_device,
                            bool is_async)
{
    static const ternrt_signature sync = {"memcpy", 2, {"dest", "src"}};
    static const ternrt_signature async = {"memcpy_async", 2, {"dest", "src", "stream"}};
    PyObject *given[3] = {NULL, NULL, NULL};
    tern_stream stream = 0; /* which waits for what is queued, and copies before the call returns */
    if (ternrt_arguments(is_async ? &async : &sync, args, n, keywords, given) < 0 ||
        read_stream(given[2], &stream) < 0) {
        return NULL;
    }
    Py_buffer view;
    void *address = NULL;
    PyObject *owner = NULL;
    const int flags = to_device ? PyBUF_ANY_CONTIGUOUS : PyBUF_ANY_CONTIGUOUS | PyBUF_WRITABLE;
    if (ternrt_address(given[to_device ? 0 : 1], &address, &owner) < 0) {
        return NULL;
    }
    PyObject *result = NULL;
    if (PyObject_GetBuffer(given[to_device ? 1 : 0], &view, flags) == 0) {
        const size_t bytes = (size_t)view.len;
        result =
            copy(to_device ? address : view.buf, to_device ? view.buf : address, bytes, stream);
        PyBuffer_Release(&view);
    }
    Py_XDECREF(owner);
    return result;
}

static PyObject *memcpy_htod(PyObject *module, PyObject *const *args, Py_ssize_t n,
                             PyObject *keywords)
{
    (void)module;
    return copy_array(args, n, keywords, true, false);
}

static PyObject *memcpy_dtoh(PyObject *module, PyObject *const *args, Py_ssize_t n,
                             PyObject *keywords)
{
    (void)module;
    return copy_array(args, n, keywords, false, false);
}

static PyObject *memcpy_htod_async(PyObject *module, PyObject *const *args, Py_ssize_t n,
                                   PyObject *keywords)
{
    (void)module;
    return copy_array(args, n, keywords, true, true);
}

static PyObject *memcpy_dtoh_async(PyObject *module, PyObject *const *args, Py_ssize_t n,
                                   PyObject *keywords)
{
    (void)module;
    return copy_array(args, n, keywords, false, true);
}

/* _fill(dst, byte, bytes, stream) */
static PyObject *fill(PyObject *module, PyObject *const *args, Py_ssize_t n)
{
    (void)module;
    void *dst = NULL;
    PyObject *owner = NULL;
    int32_t value = 0;
    int64_t bytes = 0;
    tern_stream stream = 0;
    if (n != 4) {
        return PyErr_Format(PyExc_TypeError, "takes dst, value, bytes and stream, %zd given", n);
    }
    if (ternrt_address(args[0], &dst, &owner) < 0) {
        return NULL;
    }
    PyObject *result = NULL;
    if (ternrt_i32(args[1], &value) == 0 && ternrt_i64(args[2], &bytes) == 0 &&
        read_stream(args[3], &stream) == 0) {
        ternrt_call call;
        ternrt_enter(&call);
        const tern_status status =
            tern_device_fill(dst, value, bytes > 0 ? (size_t)bytes : 0, stream);
        result = done(status, ternrt_leave(&call));
    }
    Py_XDECREF(owner);
    return result;
}

static PyMethodDef functions[] = {
    {"_stream_create", stream_create, METH_NOARGS, NULL},
    {"_stream_destroy", stream_destroy, METH_O, NULL},
    {"_stream_synchronize", stream_synchronize, METH_O, NULL},
    {"_stream_query", stream_query, METH_O, NULL},
    {"_stream_wait_event", TERNRT_FAST(stream_wait_event), NULL},
    {"_event_create", event_create, METH_NOARGS, NULL},
    {"_event_destroy", event_destroy, METH_O, NULL},
    {"_event_record", TERNRT_FAST(event_record), NULL},
    {"_event_synchronize", event_synchronize, METH_O, NULL},
    {"_event_query", event_query, METH_O, NULL},
    {"_event_elapsed", TERNRT_FAST(event_elapsed), NULL},
    {"_device_synchronize", device_synchronize, METH_NOARGS, NULL},
    {"_device_alloc", device_alloc, METH_O, NULL},
    {"_device_free", device_free, METH_O, NULL},
    {"_copy", TERNRT_FAST(copy_addresses), NULL},
    {"_fill", TERNRT_FAST(fill), NULL},
    {"_memcpy_htod", TERNRT_KEYWORDS(memcpy_htod), TERNRT_DOC("memcpy_htod(dest, src)")},
    {"_memcpy_dtoh", TERNRT_KEYWORDS(memcpy_dtoh), TERNRT_DOC("memcpy_dtoh(dest, src)")},
    {"_memcpy_htod_async", TERNRT_KEYWORDS(memcpy_htod_async),
     TERNRT_DOC("memcpy_htod_async(dest, src, stream=None)")},
    {"_memcpy_dtoh_async", TERNRT_KEYWORDS(memcpy_dtoh_async),
     TERNRT_DOC("memcpy_dtoh_async(dest, src, stream=None)")},
    {NULL, NULL, 0, NULL},
};

int ternrt_cuda_init(PyObject *module)
{
    return ternrt_device_memory_init(module) < 0 ? -1 : PyModule_AddFunctions(module, functions);
}
