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

/* ml_dtypes has what NumPy lacks; not packed types, whose elements are not what memory holds. */
static PyObject *foreign_type(const dtype_row *row)
{
    PyObject *module = row->bits < 8 ? NULL : PyImport_ImportModule("ml_dtypes");
    PyObject *type = module != NULL ? PyObject_GetAttrString(module, row->numpy) : NULL;
    Py_XDECREF(module);
    if (type == NULL) {
        PyErr_Clear();
        return PyErr_Format(PyExc_TypeError,
                            row->bits < 8
                                ? "NumPy has no type for DataType.%s: its elements are packed"
                                : "NumPy has no type for DataType.%s, and ml_dtypes is not here",
                            row->member_name);
    }
    return type;
}

static bool is_foreign(const dtype_row *row)
{
    return row->dtype == TERN_DTYPE_BF16 || row->dtype >= TERN_DTYPE_F8E4M3FN;
}

PyObject *ternrt_nptype(PyObject *object)
{
    tern_dtype dtype = TERN_DTYPE_F32;
    if (ternrt_dtype_read(object, &dtype) < 0) {
        return NULL;
    }
    const dtype_row *row = find(dtype);
    if (is_foreign(row)) {
        return foreign_type(row);
    }
    PyObject *numpy = ternrt_numpy();
    return numpy == NULL ? NULL
                         : PyObject_GetAttrString(
                               numpy, row->dtype == TERN_DTYPE_BOOL ? "bool_" : row->numpy);
}
static PyObject *nptype(PyObject *module, PyObject *object)
{
    (void)module;
    return ternrt_nptype(object);
}
TERNRT_ONE(nptype, "trt_type")

/* What memory holds of a type that NumPy may not know by itself. */
static PyObject *dtype_numpy(PyObject *module, PyObject *object)
{
    (void)module;
    tern_dtype dtype = TERN_DTYPE_F32;
    if (ternrt_dtype_read(object, &dtype) < 0) {
        return NULL;
    }
    return Py_BuildValue("(si)", ternrt_dtype_numpy(dtype), (int)ternrt_dtype_bits(dtype));
}

static PyMethodDef functions[] = {
    {"_dtype_numpy", dtype_numpy, METH_O,
     TERNRT_DOC("(name of the type in NumPy or ml_dtypes, bits).")},
    {"nptype", TERNRT_KEYWORDS(nptype_one),
     TERNRT_DOC("nptype(dtype): the NumPy (or ml_dtypes) type of a DataType; TypeError when it "
                "has none.")},
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
