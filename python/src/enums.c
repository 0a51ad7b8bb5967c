/* SPDX-License-Identifier: Apache-2.0
 *
 * The enumerations as Python types.  A member is a singleton, compared by identity; its integer is
 * the era's.
 */
#include "era.h"

#include <string.h>

typedef struct member_object {
    PyObject base;
    int member;
} member_object;

static PyTypeObject *types[TERNRT_ENUM_COUNT];
static PyObject *members[TERNRT_MEMBER_COUNT];

static int member_of(PyObject *self)
{
    return ((member_object *)self)->member;
}

/* What the type is called within the module: "DataType", "ILogger.Severity". */
static const char *const qualified[TERNRT_ENUM_COUNT] = {
#define TERNRT_ENUM(name) #name,
#include "enums.def"
};

static const char *qualified_name(ternrt_enum kind)
{
    return kind == TERNRT_Severity ? "ILogger.Severity" : qualified[kind];
}

PyObject *ternrt_member_object(int member)
{
    return Py_NewRef(members[member]);
}

PyTypeObject *ternrt_enum_type(ternrt_enum kind)
{
    return types[kind];
}

static long era_int(int member)
{
    if (ternrt_member_moved(member)) {
        char cause[64];
        PyOS_snprintf(cause, sizeof cause, "int(%s.%s)", qualified_name(ternrt_member_kind(member)),
                      ternrt_member_name(member));
        ternrt_era_freeze(cause);
    }
    return ternrt_member_int(member);
}

int ternrt_member_read(PyObject *object, ternrt_enum kind)
{
    if (Py_IS_TYPE(object, types[kind])) {
        return member_of(object);
    }
    if (!PyLong_Check(object)) {
        PyErr_Format(PyExc_TypeError, "expected a member of %s, not %R", qualified_name(kind),
                     object);
        return -1;
    }
    int64_t integer = 0;
    if (ternrt_i64(object, &integer) < 0) {
        return -1;
    }
    const int member = ternrt_member_by_int(kind, integer);
    if (member < 0) {
        PyErr_Format(PyExc_ValueError, "%lld is no %s of TensorRT %s", (long long)integer,
                     qualified_name(kind), ternrt_era_version());
    }
    return member;
}

static PyObject *member_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *value = NULL;
    static char *names[] = {"value", NULL};
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O", names, &value)) {
        return NULL;
    }
    for (int kind = 0; kind < TERNRT_ENUM_COUNT; kind++) {
        if (types[kind] == type) {
            const int member = ternrt_member_read(value, (ternrt_enum)kind);
            return member < 0 ? NULL : ternrt_member_object(member);
        }
    }
    PyErr_SetString(PyExc_TypeError, "not an enumeration of this module");
    return NULL;
}

static PyObject *member_int(PyObject *self)
{
    return PyLong_FromLong(era_int(member_of(self)));
}

static PyObject *member_repr(PyObject *self)
{
    const int member = member_of(self);
    return PyUnicode_FromFormat("<%s.%s: %d>", qualified[ternrt_member_kind(member)],
                                ternrt_member_name(member), ternrt_member_int(member));
}

static PyObject *member_str(PyObject *self)
{
    const int member = member_of(self);
    return PyUnicode_FromFormat("%s.%s", qualified[ternrt_member_kind(member)],
                                ternrt_member_name(member));
}

/* Order is that of the integers, as users compare severities; equality is identity. */
static PyObject *member_compare(PyObject *self, PyObject *other, int op)
{
    const bool same_type = Py_TYPE(self) == Py_TYPE(other);
    if (op == Py_EQ || op == Py_NE) {
        if (!same_type) {
            Py_RETURN_NOTIMPLEMENTED;
        }
        return PyBool_FromLong((self == other) == (op == Py_EQ));
    }
    int64_t right = 0;
    if (same_type) {
        right = era_int(member_of(other));
    } else if (!PyLong_Check(other)) {
        Py_RETURN_NOTIMPLEMENTED;
    } else if (ternrt_i64(other, &right) < 0) {
        return NULL;
    }
    const int64_t left = era_int(member_of(self));
    const bool answer = op == Py_LT   ? left < right
                        : op == Py_LE ? left <= right
                        : op == Py_GT ? left > right
                                      : left >= right;
    return PyBool_FromLong(answer);
}

static Py_hash_t member_hash(PyObject *self)
{
    return member_of(self) + 1;
}

/* Pickled by name, so that a pickle means the same in every era. */
static PyObject *member_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    const int member = member_of(self);
    return PyUnicode_FromFormat("%s.%s", qualified_name(ternrt_member_kind(member)),
                                ternrt_member_name(member));
}

static PyObject *get_name(PyObject *self, void *closure)
{
    (void)closure;
    return PyUnicode_FromString(ternrt_member_name(member_of(self)));
}

static PyObject *get_value(PyObject *self, void *closure)
{
    (void)closure;
    return member_int(self);
}

/* Bytes of one element; a fraction for types that share a byte. */
static PyObject *get_itemsize(PyObject *self, void *closure)
{
    (void)closure;
    tern_dtype dtype = (tern_dtype)0;
    if (ternrt_dtype_read(self, &dtype) < 0) {
        return NULL;
    }
    if (dtype == TERN_DTYPE_F8E8M0) {
        Py_RETURN_NONE; /* as in TensorRT */
    }
    const int32_t bits = ternrt_dtype_bits(dtype);
    return bits < 8 ? PyFloat_FromDouble(bits / 8.0) : PyLong_FromLong(bits / 8);
}

static PyMethodDef member_methods[] = {
    {"__reduce__", member_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef member_properties[] = {
    {"name", get_name, NULL, TERNRT_DOC("The member's name."), NULL},
    {"value", get_value, NULL, TERNRT_DOC("The member's integer in the era."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyGetSetDef dtype_properties[] = {
    {"name", get_name, NULL, TERNRT_DOC("The member's name."), NULL},
    {"value", get_value, NULL, TERNRT_DOC("The member's integer in the era."), NULL},
    {"itemsize", get_itemsize, NULL, TERNRT_DOC("Bytes of one element."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static int make_type(PyObject *module, ternrt_enum kind, const char *name)
{
    PyType_Slot slots[] = {
        {Py_tp_new, (void *)member_new},
        {Py_tp_repr, (void *)member_repr},
        {Py_tp_str, (void *)member_str},
        {Py_tp_hash, (void *)member_hash},
        {Py_tp_richcompare, (void *)member_compare},
        {Py_nb_int, (void *)member_int},
        {Py_nb_index, (void *)member_int},
        {Py_tp_methods, member_methods},
        {Py_tp_getset, kind == TERNRT_DataType ? dtype_properties : member_properties},
        {0, NULL},
    };
    PyType_Spec spec = {name, sizeof(member_object), 0, Py_TPFLAGS_DEFAULT, slots};
    types[kind] = (PyTypeObject *)PyType_FromModuleAndSpec(module, &spec, NULL);
    return types[kind] != NULL ? 0 : -1;
}

/* The members as attributes of their type, and __members__. */
static int add_members(ternrt_enum kind)
{
    PyObject *type = (PyObject *)types[kind];
    PyObject *all = PyDict_New();
    const int first = ternrt_enum_first(kind), end = first + ternrt_enum_size(kind);
    for (int i = first; all != NULL && i < end; i++) {
        member_object *member = ternrt_alloc(types[kind]);
        if (member == NULL) {
            break;
        }
        member->member = i;
        members[i] = (PyObject *)member;
        if (PyObject_SetAttrString(type, ternrt_member_name(i), members[i]) < 0 ||
            PyDict_SetItemString(all, ternrt_member_name(i), members[i]) < 0) {
            break;
        }
    }
    const int failed =
        PyErr_Occurred() != NULL || PyObject_SetAttrString(type, "__members__", all) < 0;
    Py_XDECREF(all);
    return failed ? -1 : 0;
}

static int add_alias(ternrt_enum kind, const char *name, int member)
{
    PyObject *all = PyObject_GetAttrString((PyObject *)types[kind], "__members__");
    const int failed = all == NULL || PyDict_SetItemString(all, name, members[member]) < 0 ||
                       PyObject_SetAttrString((PyObject *)types[kind], name, members[member]) < 0;
    Py_XDECREF(all);
    return failed ? -1 : 0;
}

int ternrt_enums_init(PyObject *module)
{
    if (ternrt_era_init(module) < 0) {
        return -1;
    }
#define TERNRT_ENUM(name)                                                                          \
    if (make_type(module, TERNRT_##name, "ternrt." #name) < 0 || add_members(TERNRT_##name) < 0 || \
        (TERNRT_##name != TERNRT_Severity &&                                                       \
         PyModule_AddObjectRef(module, #name, (PyObject *)types[TERNRT_##name]) < 0)) {            \
        return -1;                                                                                 \
    }
#include "enums.def"
#define TERNRT_ALIAS(name, alias, member)                                                          \
    if (add_alias(TERNRT_##name, #alias, TERNRT_##name##_##member) < 0) {                          \
        return -1;                                                                                 \
    }
#define TERNRT_ENUM_ALIAS(alias, name)                                                             \
    if (PyModule_AddObjectRef(module, #alias, (PyObject *)types[TERNRT_##name]) < 0) {             \
        return -1;                                                                                 \
    }
#include "enums.def"
    PyObject *nested = PyUnicode_FromString("ILogger.Severity");
    const int failed = nested == NULL || PyObject_SetAttrString((PyObject *)types[TERNRT_Severity],
                                                                "__qualname__", nested) < 0;
    Py_XDECREF(nested);
    return failed ? -1 : 0;
}
