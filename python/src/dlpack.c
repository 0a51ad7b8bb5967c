/* SPDX-License-Identifier: Apache-2.0
 *
 * DLPack: the address of a tensor of another library (torch, jax, cupy on the host), without a
 * copy.  The layout is that of DLPack 1.x; capsules without a version are taken from older
 * producers.
 */
#include "ternrt.h"

typedef struct dl_tensor {
    void *data;
    int32_t device_type, device_id, ndim;
    uint8_t code, bits;
    uint16_t lanes;
    int64_t *shape, *strides;
    uint64_t byte_offset;
} dl_tensor;

typedef struct dl_managed {
    dl_tensor tensor;
    void *owner;
    void (*release)(struct dl_managed *);
} dl_managed;

typedef struct dl_versioned {
    uint32_t major, minor;
    void *owner;
    void (*release)(struct dl_versioned *);
    uint64_t flags;
    dl_tensor tensor;
} dl_versioned;

enum { DEVICE_CPU = 1, DEVICE_CUDA_HOST = 3 };

static const char versioned[] = "dltensor_versioned", plain[] = "dltensor";

static PyObject *capsule_of(PyObject *object)
{
    PyObject *method = PyObject_GetAttrString(object, "__dlpack__");
    PyObject *none = PyTuple_New(0);
    PyObject *keywords =
        method != NULL && none != NULL ? Py_BuildValue("{s(ii)}", "max_version", 1, 1) : NULL;
    PyObject *capsule = keywords != NULL ? PyObject_Call(method, none, keywords) : NULL;
    if (keywords != NULL && capsule == NULL && PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Clear(); /* a producer older than DLPack 1.0 */
        capsule = PyObject_Call(method, none, NULL);
    }
    Py_XDECREF(keywords);
    Py_XDECREF(none);
    Py_XDECREF(method);
    return capsule;
}

static const dl_tensor *tensor_of(PyObject *capsule)
{
    if (PyCapsule_IsValid(capsule, versioned)) {
        return &((dl_versioned *)PyCapsule_GetPointer(capsule, versioned))->tensor;
    }
    if (PyCapsule_IsValid(capsule, plain)) {
        return &((dl_managed *)PyCapsule_GetPointer(capsule, plain))->tensor;
    }
    PyErr_SetString(PyExc_TypeError, "__dlpack__ did not give a DLPack capsule");
    return NULL;
}

static bool is_dense(const dl_tensor *tensor)
{
    int64_t stride = 1;
    for (int32_t i = tensor->ndim - 1; tensor->strides != NULL && i >= 0; i--) {
        if (tensor->shape[i] != 1 && tensor->strides[i] != stride) {
            return false;
        }
        stride *= tensor->shape[i];
    }
    return true;
}

int ternrt_dlpack_address(PyObject *object, void **out_address, PyObject **out_owner)
{
    PyObject *capsule = capsule_of(object);
    const dl_tensor *tensor = capsule != NULL ? tensor_of(capsule) : NULL;
    if (tensor == NULL) {
        Py_XDECREF(capsule);
        return -1;
    }
    if (tensor->device_type != DEVICE_CPU && tensor->device_type != DEVICE_CUDA_HOST) {
        PyErr_Format(PyExc_ValueError,
                     "the tensor is on DLPack device type %d; this build takes host memory",
                     tensor->device_type);
    } else if (!is_dense(tensor)) {
        PyErr_SetString(PyExc_ValueError, "the tensor is not contiguous; pass a contiguous copy");
    } else {
        *out_address = (char *)tensor->data + tensor->byte_offset;
        *out_owner = capsule; /* not marked as used: its own destructor releases the tensor */
        return 0;
    }
    Py_DECREF(capsule);
    return -1;
}
