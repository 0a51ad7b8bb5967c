/* SPDX-License-Identifier: Apache-2.0
 *
 * Element types: DataType members and NumPy names against dtype.def, and the module's short names
 * (float32, ...).
 */
#include "ternrt.h"

#include <string.h>

typedef struct dtype_row {
    tern_dtype dtype;
    int32_t bits;
    const char *numpy, *member_name;
} dtype_row;

static const dtype_row rows[] = {
#define TERN_DTYPE(name, id, text, bits, class, numpy, member)                                     \
    {TERN_DTYPE_##name, bits, numpy, member},
#include "tern/dtype.def"
#undef TERN_DTYPE
};

enum { ROWS = sizeof rows / sizeof *rows };

static int member_of_row[ROWS];

static const dtype_row *find(tern_dtype dtype)
{
    for (int i = 0; i < ROWS; i++) {
        if (rows[i].dtype == dtype) {
            return &rows[i];
        }
    }
    return NULL;
}

PyObject *ternrt_dtype_object(tern_dtype dtype)
{
    const dtype_row *row = find(dtype);
    if (row == NULL) {
        Py_RETURN_NONE;
    }
    return ternrt_member_object(member_of_row[row - rows]);
}

int ternrt_dtype_read(PyObject *object, tern_dtype *out_dtype)
{
    const int member = ternrt_member_read(object, TERNRT_DataType);
    for (int i = 0; member >= 0 && i < ROWS; i++) {
        if (member_of_row[i] == member) {
            *out_dtype = rows[i].dtype;
            return 0;
        }
    }
    if (member >= 0) {
        PyErr_Format(PyExc_ValueError, "DataType.%s is not supported yet",
                     ternrt_member_name(member));
    }
    return -1;
}

const char *ternrt_dtype_numpy(tern_dtype dtype)
{
    const dtype_row *row = find(dtype);
    return row != NULL ? row->numpy : "";
}

int32_t ternrt_dtype_bits(tern_dtype dtype)
{
    const dtype_row *row = find(dtype);
    return row != NULL ? row->bits : 0;
}

tern_dtype ternrt_dtype_of_numpy(const char *name)
{
    for (int i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].numpy, name) == 0) {
            return rows[i].dtype;
        }
    }
    return (tern_dtype)0;
}

/* The module's own short names. */
static const struct {
    const char *name;
    int member;
} short_names[] = {
    {"float32", TERNRT_DataType_FLOAT}, {"float16", TERNRT_DataType_HALF},
    {"bfloat16", TERNRT_DataType_BF16}, {"int8", TERNRT_DataType_INT8},
    {"int32", TERNRT_DataType_INT32},   {"int64", TERNRT_DataType_INT64},
    {"bool", TERNRT_DataType_BOOL},     {"uint8", TERNRT_DataType_UINT8},
    {"fp8", TERNRT_DataType_FP8},       {"int4", TERNRT_DataType_INT4},
    {"fp4", TERNRT_DataType_FP4},       {"e8m0", TERNRT_DataType_E8M0},
};

PyObject *ternrt_numpy(void)
{
    static PyObject *numpy;
    if (numpy == NULL) {
        numpy = PyImport_ImportModule("numpy");
    }
    return numpy;
}

static PyObject *nptype(PyObject *module, PyObject *object)
{
    (void)module;
    const int member = ternrt_member_read(object, TERNRT_DataType);
    if (member < 0) {
        return NULL;
    }
    const char *name = NULL;
    for (int i = 0; i < ROWS; i++) {
        name =
            member_of_row[i] == member && rows[i].dtype != TERN_DTYPE_BF16 ? rows[i].numpy : name;
    }
    if (name == NULL) {
        return PyErr_Format(PyExc_TypeError, "NumPy has no type for DataType.%s",
                            ternrt_member_name(member));
    }
    PyObject *numpy = ternrt_numpy();
    return numpy == NULL
               ? NULL
               : PyObject_GetAttrString(numpy, strcmp(name, "bool") == 0 ? "bool_" : name);
}
TERNRT_ONE(nptype, "trt_type")

static PyMethodDef functions[] = {
    {"nptype", TERNRT_KEYWORDS(nptype_one),
     TERNRT_DOC("nptype(dtype): the NumPy type of a DataType; TypeError when it has none.")},
    {NULL, NULL, 0, NULL},
};

int ternrt_dtype_init(PyObject *module)
{
    const int first = ternrt_enum_first(TERNRT_DataType), size = ternrt_enum_size(TERNRT_DataType);
    for (int i = 0; i < ROWS; i++) {
        for (int j = first; j < first + size; j++) {
            member_of_row[i] =
                strcmp(ternrt_member_name(j), rows[i].member_name) == 0 ? j : member_of_row[i];
        }
    }
    for (size_t i = 0; i < sizeof short_names / sizeof *short_names; i++) {
        PyObject *member = ternrt_member_object(short_names[i].member);
        const int failed = PyModule_AddObjectRef(module, short_names[i].name, member);
        Py_DECREF(member);
        if (failed < 0) {
            return -1;
        }
    }
    return PyModule_AddFunctions(module, functions);
}
