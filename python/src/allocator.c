/* SPDX-License-Identifier: Apache-2.0
 *
 * IGpuAllocator and IGpuAsyncAllocator, which users subclass: where the scratch memory of contexts
 * comes from.  They are called only when a context is made and freed, by the thread that does it.
 */
#include "ternrt.h"

static PyTypeObject *allocator_type, *async_type;

enum { ALIGN_BYTES = 256 }; /* what TensorRT asks for */

/* ---- calling one ---- */

int ternrt_gpu_allocate(PyObject *allocator, size_t bytes, PyObject **out_block, void **out_address)
{
    const bool is_async = PyObject_TypeCheck(allocator, async_type);
    PyObject *owner = NULL;
    PyObject *block = is_async ? PyObject_CallMethod(allocator, "allocate_async", "niii",
                                                     (Py_ssize_t)bytes, ALIGN_BYTES, 0, 0)
                               : PyObject_CallMethod(allocator, "allocate", "nii",
                                                     (Py_ssize_t)bytes, ALIGN_BYTES, 0);
    if (block == NULL || ternrt_address(block, out_address, &owner) < 0) {
        Py_XDECREF(block);
        return -1;
    }
    Py_XDECREF(owner); /* the block keeps it */
    *out_block = block;
    return 0;
}

void ternrt_gpu_free(PyObject *allocator, PyObject *block)
{
    PyObject *type = NULL, *value = NULL, *trace = NULL;
    PyErr_Fetch(&type, &value, &trace);
    PyObject *result = PyObject_TypeCheck(allocator, async_type)
                           ? PyObject_CallMethod(allocator, "deallocate_async", "Oi", block, 0)
                           : PyObject_CallMethod(allocator, "deallocate", "O", block);
    if (result == NULL) {
        PyErr_WriteUnraisable(allocator);
    }
    Py_XDECREF(result);
    PyErr_Restore(type, value, trace);
}

/* ---- the property gpu_allocator: the closure is the offset of a PyObject pointer ---- */

static PyObject **slot_at(PyObject *self, void *closure)
{
    return (PyObject **)(void *)((char *)self + (intptr_t)closure);
}

PyObject *ternrt_get_allocator(PyObject *self, void *closure)
{
    PyObject *allocator = *slot_at(self, closure);
    return Py_NewRef(allocator != NULL ? allocator : Py_None);
}

int ternrt_set_allocator(PyObject *self, PyObject *value, void *closure)
{
    if (value == NULL || (value != Py_None && !PyObject_TypeCheck(value, allocator_type))) {
        PyErr_SetString(PyExc_TypeError, "an allocator is an IGpuAllocator or None");
        return -1;
    }
    PyObject **slot = slot_at(self, closure), *old = *slot;
    *slot = value != Py_None ? Py_NewRef(value) : NULL;
    Py_XDECREF(old);
    return 0;
}

/* ---- what a subclass inherits: one form answers by the other ---- */

static PyObject *allocator_new(PyTypeObject *subtype, PyObject *args, PyObject *keywords)
{
    (void)args, (void)keywords;
    return ternrt_alloc(subtype);
}

static void allocator_dealloc(PyObject *self)
{
    ternrt_free(self);
}

static PyObject *allocate_by_sync(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                  PyObject *keywords)
{
    static const ternrt_signature takes = {
        "allocate_async", 4, {"size", "alignment", "flags", "stream"}};
    PyObject *given[4];
    return ternrt_arguments(&takes, args, n, keywords, given) < 0
               ? NULL
               : PyObject_CallMethod(self, "allocate", "OOO", given[0], given[1], given[2]);
}

static PyObject *allocate_by_async(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                   PyObject *keywords)
{
    static const ternrt_signature takes = {"allocate", 3, {"size", "alignment", "flags"}};
    PyObject *given[3];
    return ternrt_arguments(&takes, args, n, keywords, given) < 0
               ? NULL
               : PyObject_CallMethod(self, "allocate_async", "OOOi", given[0], given[1], given[2],
                                     0);
}

static PyObject *deallocate_by_sync(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                    PyObject *keywords)
{
    static const ternrt_signature takes = {"deallocate_async", 2, {"memory", "stream"}};
    PyObject *given[2];
    return ternrt_arguments(&takes, args, n, keywords, given) < 0
               ? NULL
               : PyObject_CallMethod(self, "deallocate", "O", given[0]);
}

static PyObject *deallocate_by_async(PyObject *self, PyObject *memory)
{
    return PyObject_CallMethod(self, "deallocate_async", "Oi", memory, 0);
}
TERNRT_ONE(deallocate_by_async, "memory")

static PyObject *deallocate_by_free(PyObject *self, PyObject *memory)
{
    PyObject *result = PyObject_CallMethod(self, "free", "O", memory);
    Py_XDECREF(result);
    return result != NULL ? PyBool_FromLong(1) : NULL;
}
TERNRT_ONE(deallocate_by_free, "memory")

static PyObject *reallocate_never(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                  PyObject *keywords)
{
    (void)self;
    static const ternrt_signature takes = {"reallocate", 3, {"address", "alignment", "new_size"}};
    PyObject *given[3];
    return ternrt_arguments(&takes, args, n, keywords, given) < 0 ? NULL : Py_NewRef(Py_None);
}

#define REALLOCATE                                                                                 \
    {                                                                                              \
        "reallocate", TERNRT_KEYWORDS(reallocate_never),                                           \
            TERNRT_DOC(                                                                            \
                "reallocate(address, alignment, new_size) -> address or None. Nothing here "       \
                "calls it.")                                                                       \
    }
static PyMethodDef allocator_methods[] = {
    {"allocate", ternrt_abstract, METH_VARARGS,
     TERNRT_DOC("allocate(size, alignment, flags) -> address\n\nsize in bytes, alignment in bytes, "
                "flags a mask of AllocatorFlag. None or 0 when there is no memory. The memory is "
                "used until deallocate() gets it back.")},
    {"free", ternrt_abstract, METH_VARARGS,
     TERNRT_DOC("free(memory): give it back; the form of TensorRT 7.")},
    {"deallocate", TERNRT_KEYWORDS(deallocate_by_free_one),
     TERNRT_DOC("deallocate(memory) -> bool: give back what allocate() answered; calls free().")},
    {"allocate_async", TERNRT_KEYWORDS(allocate_by_sync),
     TERNRT_DOC("allocate_async(size, alignment, flags, stream) -> address; calls allocate().")},
    {"deallocate_async", TERNRT_KEYWORDS(deallocate_by_sync),
     TERNRT_DOC("deallocate_async(memory, stream) -> bool; calls deallocate().")},
    REALLOCATE,
    {NULL, NULL, 0, NULL},
};
static PyMethodDef async_methods[] = {
    {"allocate", TERNRT_KEYWORDS(allocate_by_async),
     TERNRT_DOC("allocate(size, alignment, flags) -> address; calls allocate_async().")},
    {"deallocate", TERNRT_KEYWORDS(deallocate_by_async_one),
     TERNRT_DOC("deallocate(memory) -> bool; calls deallocate_async().")},
    {"allocate_async", ternrt_abstract, METH_VARARGS,
     TERNRT_DOC("allocate_async(size, alignment, flags, stream) -> address\n\nAs "
                "IGpuAllocator.allocate; stream is 0 here.")},
    {"deallocate_async", ternrt_abstract, METH_VARARGS,
     TERNRT_DOC("deallocate_async(memory, stream) -> bool: give back what allocate_async() "
                "answered.")},
    REALLOCATE,
    {NULL, NULL, 0, NULL},
};

static PyTypeObject *make(PyObject *module, const char *name, const char *doc, PyMethodDef *methods,
                          PyTypeObject *base)
{
    PyType_Slot slots[] = {{Py_tp_doc, (void *)(uintptr_t)doc},
                           {Py_tp_new, (void *)allocator_new},
                           {Py_tp_dealloc, (void *)allocator_dealloc},
                           {Py_tp_methods, methods},
                           {0, NULL}};
    PyType_Spec spec = {name, sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
    return ternrt_type_make(module, &spec, base);
}

int ternrt_allocator_init(PyObject *module)
{
    allocator_type = make(
        module, "ternrt.IGpuAllocator",
        TERNRT_DOC("Base of allocators: override allocate() and deallocate().\n\nSet as "
                   "gpu_allocator of a builder or runtime. The scratch memory of every context "
                   "comes from it whose engine was loaded while it was set; weights lie in "
                   "the plan."),
        allocator_methods, NULL);
    async_type = make(module, "ternrt.IGpuAsyncAllocator",
                      TERNRT_DOC("An IGpuAllocator whose subclasses override allocate_async() and "
                                 "deallocate_async()."),
                      async_methods, allocator_type);
    return allocator_type != NULL && async_type != NULL ? 0 : -1;
}
