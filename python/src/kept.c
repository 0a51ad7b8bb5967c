/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings that have no effect here and are kept, so that a program reads back what it set.  What
 * TensorRT would refuse is refused.
 */
#include "ternrt.h"

static int64_t *place(PyObject *self, const ternrt_kept *kept)
{
    return (int64_t *)(void *)((char *)self + kept->offset);
}

PyObject *ternrt_get_kept(PyObject *self, void *closure)
{
    const ternrt_kept *kept = closure;
    const int64_t value = *place(self, kept);
    switch (kept->kind) {
    case TERNRT_KEPT_BOOL: return PyBool_FromLong(value != 0);
    case TERNRT_KEPT_MEMBER:
        return ternrt_member_object(ternrt_enum_first(kept->members) + (int)value);
    case TERNRT_KEPT_MASK:
        return PyLong_FromUnsignedLongLong(ternrt_mask_write(kept->members, (uint64_t)value));
    case TERNRT_KEPT_NUMBER: break;
    }
    return PyLong_FromLongLong(value);
}

static int read_number(PyObject *object, const ternrt_kept *kept, int64_t *out_value)
{
    if (ternrt_i64(object, out_value) < 0) {
        return -1;
    }
    if (*out_value < kept->least) {
        PyErr_Format(PyExc_ValueError, "%lld is less than %lld, the least that this can be",
                     (long long)*out_value, (long long)kept->least);
        return -1;
    }
    return 0;
}

static int read_mask(PyObject *object, const ternrt_kept *kept, int64_t *out_value)
{
    int64_t bits = 0;
    uint64_t members = 0;
    if (ternrt_i64(object, &bits) < 0 ||
        ternrt_mask_read(kept->members, (uint64_t)bits, &members) < 0) {
        return -1;
    }
    *out_value = (int64_t)members;
    return 0;
}

int ternrt_set_kept(PyObject *self, PyObject *object, void *closure)
{
    const ternrt_kept *kept = closure;
    int64_t value = 0;
    int failed = 0;
    if (ternrt_is_deleted(object)) {
        return -1;
    }
    switch (kept->kind) {
    case TERNRT_KEPT_BOOL:
        value = PyObject_IsTrue(object);
        failed = value < 0;
        break;
    case TERNRT_KEPT_MEMBER:
        value = ternrt_member_read(object, kept->members);
        failed = value < 0;
        value -= ternrt_enum_first(kept->members);
        break;
    case TERNRT_KEPT_MASK: failed = read_mask(object, kept, &value) < 0; break;
    case TERNRT_KEPT_NUMBER: failed = read_number(object, kept, &value) < 0; break;
    }
    if (failed) {
        return -1;
    }
    *place(self, kept) = value;
    return 0;
}
