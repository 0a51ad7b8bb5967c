/* SPDX-License-Identifier: Apache-2.0
 *
 * EngineInspector: an engine's layers, tactics and memory as text or JSON.
 */
#include "ternrt.h"

#include <string.h>

static PyTypeObject *type;

typedef struct inspector {
    PyObject base;
    ternrt_reporter reporter;
    PyObject *engine;
    PyObject *context;
} inspector;

/* Text that grows; memory is raw C memory, since pieces come while the GIL is released. */
typedef struct text {
    char *bytes;
    size_t size, room;
    bool failed;
} text;

static inspector *cast(PyObject *object)
{
    return (inspector *)object;
}

PyObject *ternrt_inspector_make(ternrt_engine *engine)
{
    inspector *self = ternrt_alloc(type);
    if (self != NULL) {
        self->engine = Py_NewRef((PyObject *)engine);
        self->reporter.parent = &engine->reporter;
    }
    return (PyObject *)self;
}

static void inspector_dealloc(PyObject *object)
{
    PyObject_GC_UnTrack(object);
    ternrt_reporter_drop(&cast(object)->reporter);
    Py_XDECREF(cast(object)->engine);
    Py_XDECREF(cast(object)->context);
    ternrt_free(object);
}

static int inspector_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(cast(object)->engine);
    Py_VISIT(cast(object)->context);
    return ternrt_reporter_traverse(&cast(object)->reporter, visit, arg);
}

static void append(void *self, const char *piece, size_t size)
{
    text *t = self;
    if (t->failed) {
        return;
    }
    if (t->size + size > t->room) {
        const size_t room = 2 * (t->size + size) + 1024;
        const PyGILState_STATE gil = PyGILState_Ensure();
        char *bytes = PyMem_Realloc(t->bytes, room);
        PyGILState_Release(gil);
        if (bytes == NULL) {
            t->failed = true;
            return;
        }
        t->bytes = bytes;
        t->room = room;
    }
    memcpy(t->bytes + t->size, piece, size);
    t->size += size;
}

static int read_format(PyObject *object, tern_format *out_format)
{
    const int member = object != NULL ? ternrt_member_read(object, TERNRT_LayerInformationFormat)
                                      : TERNRT_LayerInformationFormat_ONELINE;
    *out_format =
        member == TERNRT_LayerInformationFormat_JSON ? TERN_FORMAT_JSON : TERN_FORMAT_TEXT;
    return member < 0 ? -1 : 0;
}

static void append_text(text *t, const char *piece)
{
    append(t, piece, strlen(piece));
}

/* A name as a JSON string. */
static void append_name(text *t, const char *name)
{
    append_text(t, "\"");
    for (const char *at = name; *at != '\0'; at++) {
        char escaped[8];
        const unsigned char c = (unsigned char)*at;
        PyOS_snprintf(escaped, sizeof escaped,
                      c < 0x20                ? "\\u%04x"
                      : c == '"' || c == '\\' ? "\\%c"
                                              : "%c",
                      c);
        append_text(t, escaped);
    }
    append_text(t, "\"");
}

/* TensorRT's two lists in front, then all that Tern tells: {"Layers": [...], "Bindings": [...],
   ...}. */
static tern_status inspect_json(const ternrt_engine *engine, text *t)
{
    const tern_sink sink = {t, append};
    tern_status status = TERN_OK;
    append_text(t, "{\"Layers\":[");
    const int32_t count = tern_engine_layer_count(engine->engine);
    for (int32_t i = 0; status == TERN_OK && i < count; i++) {
        append_text(t, i > 0 ? "," : "");
        status = tern_inspect_layer(engine->engine, i, TERN_FORMAT_JSON, &sink);
    }
    append_text(t, "],\"Bindings\":[");
    for (int32_t i = 0; i < engine->count; i++) {
        append_text(t, i > 0 ? "," : "");
        append_name(t, engine->bindings[i].name);
    }
    append_text(t, "],");
    const size_t start = t->size;
    if (status == TERN_OK) {
        status = tern_inspect_engine(engine->engine, TERN_FORMAT_JSON, &sink);
    }
    if (!t->failed && t->size > start) {
        t->bytes[start] = ' '; /* the brace that opens the object */
    }
    return status;
}

/* layer -1: the whole engine. */
static PyObject *inspect(PyObject *self, int32_t layer, tern_format format)
{
    text t = {.bytes = NULL};
    const tern_sink sink = {&t, append};
    const ternrt_engine *engine = (ternrt_engine *)cast(self)->engine;
    ternrt_call call;
    ternrt_enter_as(&call, &cast(self)->reporter);
    const tern_status status = layer >= 0 ? tern_inspect_layer(engine->engine, layer, format, &sink)
                               : format == TERN_FORMAT_JSON
                                   ? inspect_json(engine, &t)
                                   : tern_inspect_engine(engine->engine, format, &sink);
    PyObject *result = NULL;
    if (ternrt_leave(&call) == 0) {
        const char *bytes = t.bytes != NULL ? t.bytes : "";
        result = status != TERN_OK ? ternrt_raise(status)
                 : t.failed        ? PyErr_NoMemory()
                                   : PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)t.size, "replace");
    }
    PyMem_Free(t.bytes);
    return result;
}

static PyObject *get_engine_information(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                        PyObject *keywords)
{
    static const ternrt_signature takes = {"get_engine_information", 0, {"format"}};
    PyObject *given[1];
    tern_format format = TERN_FORMAT_TEXT;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0 ||
        read_format(given[0], &format) < 0) {
        return NULL;
    }
    return inspect(self, -1, format);
}

static PyObject *get_layer_information(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                       PyObject *keywords)
{
    static const ternrt_signature takes = {"get_layer_information", 1, {"layer_index", "format"}};
    PyObject *given[2];
    int32_t layer = 0;
    tern_format format = TERN_FORMAT_TEXT;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0 ||
        ternrt_i32(given[0], &layer) < 0 || read_format(given[1], &format) < 0) {
        return NULL;
    }
    const int32_t count = tern_engine_layer_count(((ternrt_engine *)cast(self)->engine)->engine);
    if (layer < 0 || layer >= count) {
        return PyErr_Format(PyExc_IndexError, "layer %d is outside %d layers", layer, count);
    }
    return inspect(self, layer, format);
}

static PyObject *get_context(PyObject *self, void *closure)
{
    (void)closure;
    return Py_NewRef(cast(self)->context != NULL ? cast(self)->context : Py_None);
}

static int set_context(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    if (value == NULL || (value != Py_None && !Py_IS_TYPE(value, ternrt_context_type))) {
        PyErr_SetString(PyExc_TypeError, "execution_context is an IExecutionContext or None");
        return -1;
    }
    PyObject *old = cast(self)->context;
    cast(self)->context = value != Py_None ? Py_NewRef(value) : NULL;
    Py_XDECREF(old);
    return 0;
}

static PyMethodDef methods[] = {
    {"get_engine_information", TERNRT_KEYWORDS(get_engine_information),
     TERNRT_DOC("get_engine_information(format=LayerInformationFormat.ONELINE) -> str")},
    {"get_layer_information", TERNRT_KEYWORDS(get_layer_information),
     TERNRT_DOC(
         "get_layer_information(layer_index, format=LayerInformationFormat.ONELINE) -> str")},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef properties[] = {
    {"execution_context", get_context, set_context,
     TERNRT_DOC("Kept; what is told is the engine's."), NULL},
    TERNRT_ERROR_RECORDER(inspector),
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc, TERNRT_DOC("Looks into an engine.")},
    {Py_tp_dealloc, (void *)inspector_dealloc},
    {Py_tp_traverse, (void *)inspector_traverse},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {0, NULL},
};
static PyType_Spec spec = {
    "ternrt.EngineInspector", sizeof(inspector), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};

int ternrt_inspector_init(PyObject *module)
{
    type = ternrt_type_make(module, &spec, NULL);
    return type != NULL ? 0 : -1;
}
