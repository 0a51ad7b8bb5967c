/* SPDX-License-Identifier: Apache-2.0
 *
 * Eras: the integers of enum members differ between the majors of TensorRT, and a program expects
 * those of its own. One era per process, chosen by compat() or TERNRT_COMPAT, fixed by the first
 * object or the first int() of a member whose integer moved.  A member that an era lacks has a free
 * integer from 40 up, so that no mask mistakes it for another.
 */
#include "era.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_ERA = 7,
    LAST_ERA = 11,
    ERA_COUNT = LAST_ERA - FIRST_ERA + 1,
    FREE_FROM = 40,
    UNSET_ERA = 10
};

typedef struct row {
    ternrt_enum kind;
    const char *name, *tern;
    int16_t integers[ERA_COUNT];
} row;

static row rows[] = {
#define TERNRT_MEMBER(kind, member, v7, v8, v9, v10, v11, tern)                                    \
    {TERNRT_##kind, #member, tern, {v7, v8, v9, v10, v11}},
#include "enums.def"
};

static const char *const versions[ERA_COUNT] = {"7.2.3", "8.6.1", "9.3.0", "10.16.2", "11.1.0"};

static int chosen; /* 0: nobody chose */
static char frozen_by[64];

int ternrt_enum_first(ternrt_enum kind)
{
    int first = 0;
    while (rows[first].kind != kind) {
        first++;
    }
    return first;
}

int ternrt_enum_size(ternrt_enum kind)
{
    int size = 0;
    for (int i = ternrt_enum_first(kind); i < TERNRT_MEMBER_COUNT && rows[i].kind == kind; i++) {
        size++;
    }
    return size;
}

ternrt_enum ternrt_member_kind(int member)
{
    return rows[member].kind;
}

const char *ternrt_member_name(int member)
{
    return rows[member].name;
}

const char *ternrt_member_tern(int member)
{
    return rows[member].tern;
}

static bool is_taken(ternrt_enum kind, int column, int integer)
{
    const int first = ternrt_enum_first(kind), end = first + ternrt_enum_size(kind);
    for (int i = first; i < end; i++) {
        if (rows[i].integers[column] == integer) {
            return true;
        }
    }
    return false;
}

/* Gives the members that an era lacks their integers. */
static void fill_gaps(void)
{
    for (int i = 0; i < TERNRT_MEMBER_COUNT; i++) {
        for (int column = 0; column < ERA_COUNT; column++) {
            if (rows[i].integers[column] >= 0) {
                continue;
            }
            int integer = FREE_FROM;
            while (is_taken(rows[i].kind, column, integer)) {
                integer++;
            }
            rows[i].integers[column] = (int16_t)integer;
        }
    }
}

static int column_of_era(void)
{
    return (chosen != 0 ? chosen : UNSET_ERA) - FIRST_ERA;
}

int ternrt_member_int(int member)
{
    return rows[member].integers[column_of_era()];
}

bool ternrt_member_moved(int member)
{
    for (int column = 1; column < ERA_COUNT; column++) {
        if (rows[member].integers[column] != rows[member].integers[0]) {
            return true;
        }
    }
    return false;
}

int ternrt_member_by_int(ternrt_enum kind, int64_t integer)
{
    const int first = ternrt_enum_first(kind), end = first + ternrt_enum_size(kind),
              column = column_of_era();
    for (int i = first; i < end; i++) {
        if (rows[i].integers[column] == integer) {
            return i;
        }
    }
    return -1;
}

int ternrt_member_by_tern(ternrt_enum kind, const char *tern)
{
    const int first = ternrt_enum_first(kind), end = first + ternrt_enum_size(kind);
    for (int i = first; i < end; i++) {
        if (rows[i].tern[0] != '\0' && strcmp(rows[i].tern, tern) == 0) {
            return i;
        }
    }
    return -1;
}

int ternrt_mask_read(ternrt_enum kind, uint64_t bits, uint64_t *out_members)
{
    const int first = ternrt_enum_first(kind), size = ternrt_enum_size(kind);
    uint64_t members = 0, known = 0;
    for (int i = 0; i < size; i++) {
        const uint64_t bit = UINT64_C(1) << ternrt_member_int(first + i);
        known |= bit;
        members |= (bits & bit) != 0 ? UINT64_C(1) << i : 0;
    }
    if ((bits & ~known) != 0) {
        char text[24];
        PyOS_snprintf(text, sizeof text, "0x%llx", (unsigned long long)(bits & ~known));
        PyErr_Format(PyExc_ValueError,
                     "bits %s stand for no member of this enumeration in TensorRT %s", text,
                     ternrt_era_version());
        return -1;
    }
    *out_members = members;
    return 0;
}

uint64_t ternrt_mask_write(ternrt_enum kind, uint64_t members)
{
    const int first = ternrt_enum_first(kind), size = ternrt_enum_size(kind);
    uint64_t bits = 0;
    for (int i = 0; i < size; i++) {
        bits |= (members >> i & 1) != 0 ? UINT64_C(1) << ternrt_member_int(first + i) : 0;
    }
    return bits;
}

int ternrt_era(void)
{
    return chosen;
}

const char *ternrt_era_version(void)
{
    return versions[column_of_era()];
}

void ternrt_era_freeze(const char *cause)
{
    if (frozen_by[0] == '\0') {
        PyOS_snprintf(frozen_by, sizeof frozen_by, "%s", cause);
    }
}

static int choose(int era)
{
    if (era < FIRST_ERA || era > LAST_ERA) {
        PyErr_Format(PyExc_ValueError, "era %d is none of %d to %d", era, FIRST_ERA, LAST_ERA);
        return -1;
    }
    if (era != chosen && frozen_by[0] != '\0') {
        PyErr_Format(PyExc_RuntimeError,
                     "the era cannot change to %d any more: %s fixed it; call compat() before "
                     "anything else, or set "
                     "TERNRT_COMPAT",
                     era, frozen_by);
        return -1;
    }
    chosen = era;
    return 0;
}

static PyObject *compat(PyObject *module, PyObject *const *args, Py_ssize_t n)
{
    (void)module;
    if (n > 1) {
        return PyErr_Format(PyExc_TypeError, "compat() takes at most one argument, %zd given", n);
    }
    int32_t era = 0;
    if (n == 1 && (ternrt_i32(args[0], &era) < 0 || choose(era) < 0)) {
        return NULL;
    }
    if (chosen == 0) {
        Py_RETURN_NONE;
    }
    return PyLong_FromLong(chosen);
}

static PyObject *compat_version(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return PyUnicode_FromString(ternrt_era_version());
}

static PyMethodDef functions[] = {
    {"compat", TERNRT_FAST(compat),
     TERNRT_DOC("compat(era=None): choose the major of TensorRT, 7 to 11, whose integers enums "
                "have; tells the one "
                "chosen, None when nobody chose.")},
    {"_compat_version", compat_version, METH_NOARGS,
     TERNRT_DOC("The version of TensorRT that the era stands for.")},
    {NULL, NULL, 0, NULL},
};

int ternrt_era_init(PyObject *module)
{
    fill_gaps();
    if (PyModule_AddFunctions(module, functions) < 0) {
        return -1;
    }
    const char *wanted = getenv("TERNRT_COMPAT");
    if (wanted == NULL || wanted[0] == '\0') {
        return 0;
    }
    char *end = NULL;
    const long era = strtol(wanted, &end, 10);
    if (*end != '\0' || era < FIRST_ERA || era > LAST_ERA) {
        PyErr_Format(PyExc_ValueError, "TERNRT_COMPAT is \"%s\"; it must be a number from %d to %d",
                     wanted, FIRST_ERA, LAST_ERA);
        return -1;
    }
    return choose((int)era);
}
