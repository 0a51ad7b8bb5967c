/* SPDX-License-Identifier: Apache-2.0
 *
 * ITimingCache: what builds have measured.  A config borrows the library's cache, so its wrapper
 * keeps this object.
 */
#include "ternrt.h"

static PyTypeObject *type;

typedef struct timing_cache {
    PyObject base;
    tern_timing_cache *cache;
    PyObject *builder;
} timing_cache;

static timing_cache *cast(PyObject *object)
{
    return (timing_cache *)object;
}

static void destroy(void *cache)
{
    tern_timing_cache_destroy(cache);
}

static void cache_dealloc(PyObject *object)
{
    PyObject_GC_UnTrack(object);
    ternrt_release(destroy, cast(object)->cache);
    Py_XDECREF(cast(object)->builder);
    ternrt_free(object);
}

static int cache_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(cast(object)->builder);
    return 0;
}

/* ---- of a config ---- */

/* The cache that a build shall use: the flag DISABLE_TIMING_CACHE takes it away. */
int ternrt_config_apply_cache(ternrt_config *config)
{
    const int bit = TERNRT_BuilderFlag_DISABLE_TIMING_CACHE - ternrt_enum_first(TERNRT_BuilderFlag);
    const bool is_used = config->cache != NULL && (config->flags >> bit & 1) == 0;
    ternrt_call call;
    ternrt_enter(&call);
    (void)!tern_config_set_timing_cache(config->config,
                                        is_used ? cast(config->cache)->cache : NULL);
    return ternrt_leave(&call);
}

PyObject *ternrt_create_timing_cache(PyObject *self, PyObject *serialized)
{
    Py_buffer view;
    if (PyObject_GetBuffer(serialized, &view, PyBUF_C_CONTIGUOUS) < 0) {
        return NULL;
    }
    timing_cache *cache = ternrt_alloc(type);
    if (cache == NULL) {
        PyBuffer_Release(&view);
        return NULL;
    }
    cache->builder = Py_NewRef(((ternrt_config *)self)->builder);
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_timing_cache_create(((ternrt_builder *)cache->builder)->builder,
                                                        view.buf, (size_t)view.len, &cache->cache);
    const int raised = ternrt_leave(&call);
    PyBuffer_Release(&view);
    if (raised < 0 || status != TERN_OK) {
        Py_DECREF((PyObject *)cache);
        return raised < 0 ? NULL : Py_NewRef(Py_None);
    }
    return (PyObject *)cache;
}

PyObject *ternrt_set_timing_cache(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                  PyObject *keywords)
{
    static const ternrt_signature takes = {"set_timing_cache", 2, {"cache", "ignore_mismatch"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    if (PyObject_IsTrue(given[1]) < 0) {
        return NULL;
    }
    if (given[0] != Py_None && !Py_IS_TYPE(given[0], type)) {
        return PyErr_Format(PyExc_TypeError, "set_timing_cache() takes an ITimingCache, not %R",
                            given[0]);
    }
    ternrt_config *config = (ternrt_config *)self;
    PyObject *old = config->cache;
    config->cache = given[0] != Py_None ? Py_NewRef(given[0]) : NULL;
    const int raised = ternrt_config_apply_cache(config);
    Py_XDECREF(old);
    return raised < 0 ? NULL : PyBool_FromLong(1);
}

PyObject *ternrt_get_timing_cache(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *cache = ((ternrt_config *)self)->cache;
    return Py_NewRef(cache != NULL ? cache : Py_None);
}

/* ---- of a cache ---- */

static PyObject *serialize(PyObject *self, PyObject *unused)
{
    (void)unused;
    tern_memory *bytes = NULL;
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_timing_cache_serialize(cast(self)->cache, &bytes);
    if (ternrt_leave(&call) < 0) {
        tern_memory_destroy(bytes);
        return NULL;
    }
    return status == TERN_OK ? ternrt_memory_of(bytes) : Py_NewRef(Py_None);
}

static PyObject *combine(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *keywords)
{
    static const ternrt_signature takes = {"combine", 2, {"input_cache", "ignore_mismatch"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    if (!Py_IS_TYPE(given[0], type) || PyObject_IsTrue(given[1]) < 0) {
        return PyErr_Format(PyExc_TypeError, "combine() takes an ITimingCache and a bool, not %R",
                            given[0]);
    }
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_timing_cache_combine(cast(self)->cache, cast(given[0])->cache);
    return ternrt_leave(&call) < 0 ? NULL : PyBool_FromLong(status == TERN_OK);
}

static PyObject *reset(PyObject *self, PyObject *unused)
{
    (void)unused;
    tern_timing_cache_reset(cast(self)->cache);
    Py_RETURN_TRUE;
}

static PyMethodDef methods[] = {
    {"serialize", serialize, METH_NOARGS,
     TERNRT_DOC("serialize() -> IHostMemory: its bytes; the same times give the same bytes.")},
    {"combine", TERNRT_KEYWORDS(combine),
     TERNRT_DOC("combine(input_cache, ignore_mismatch) -> bool\n\nAdd the times of another cache. "
                "Every time is kept with the CPU it was measured on, so nothing can mismatch and "
                "ignore_mismatch has no effect.")},
    {"reset", reset, METH_NOARGS, TERNRT_DOC("reset() -> bool: forget all times.")},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc, TERNRT_DOC("What builds have measured, made by config.create_timing_cache(). "
                           "Builds that use one find their times in it and add new ones.")},
    {Py_tp_dealloc, (void *)cache_dealloc},
    {Py_tp_traverse, (void *)cache_traverse},
    {Py_tp_methods, methods},
    {0, NULL},
};
static PyType_Spec spec = {
    "ternrt.ITimingCache", sizeof(timing_cache), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};

int ternrt_timing_init(PyObject *module)
{
    type = ternrt_type_make(module, &spec, NULL);
    return type != NULL ? 0 : -1;
}
