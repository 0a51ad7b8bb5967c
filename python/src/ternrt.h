/* SPDX-License-Identifier: Apache-2.0
 *
 * The Python module: what its files share.  A client of the public headers only, on the stable ABI
 * of CPython 3.11.
 *
 * Rules that hold in every file:
 *   - a call of the library that can fail, wait or call back runs between ternrt_enter and
 *     ternrt_leave;
 *   - what the library refuses is logged by it once and becomes None, False or -1 here; wrong
 *     Python types raise;
 *   - parents are kept alive by references held here, and a destructor frees its own handle before
 *     it drops them;
 *   - types take part in garbage collection by tp_traverse only: every cycle passes through a
 *     Python object that can be
 *     cleared, and a handle must never outlive the logger it reports to.
 */
#ifndef TERNRT_TERNRT_H
#define TERNRT_TERNRT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "tern/tern.h"

#if defined(__GNUC__)
#define TERNRT_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define TERNRT_PRINTF(text, first)
#endif

#define TERNRT_DOC(text) PyDoc_STR(text)
#define TERNRT_FAST(function) (PyCFunction)(void (*)(void))(function), METH_FASTCALL
#define TERNRT_KEYWORDS(function)                                                                  \
    (PyCFunction)(void (*)(void))(function), METH_FASTCALL | METH_KEYWORDS

/* --- calls (call.c) --- */

/* One call of the library: the GIL is released in it, and what callbacks raise is kept until it
   returns. */
typedef struct ternrt_call {
    PyThreadState *thread;
    const struct ternrt_reporter *reporter; /* on whose behalf it is; NULL: the library knows */
    struct ternrt_call *outer;
    PyObject *type, *value, *trace; /* the first exception of a callback */
} ternrt_call;

void ternrt_enter(ternrt_call *call);
/* On behalf of an object that the library's logger does not name: its recorder hears of errors. */
void ternrt_enter_as(ternrt_call *call, const struct ternrt_reporter *reporter);
/* That of the innermost call on this thread, or else the given one. */
const struct ternrt_reporter *ternrt_call_reporter(const struct ternrt_reporter *otherwise);
/* -1: a callback raised, and the exception is set. */
int ternrt_leave(ternrt_call *call);
/* A callback's turn in Python: takes the GIL and puts a pending exception aside;
 * ternrt_callback_end puts it back and keeps for ternrt_leave what the callback raised, or reports
 * it as unraisable.  False: there is no turn, since an earlier callback of this call has raised or
 * the interpreter is going. */
typedef struct ternrt_callback {
    PyGILState_STATE gil;
    PyObject *type, *value, *trace;
} ternrt_callback;

bool ternrt_callback_begin(ternrt_callback *callback);
void ternrt_callback_end(ternrt_callback *callback, PyObject *who);
/* In a destructor: runs destroy(handle) without the GIL, leaving a pending exception as it is. */
void ternrt_release(void (*destroy)(void *handle), void *handle);
/* Raises ternrt.Error for the last failure on this thread; returns NULL. */
PyObject *ternrt_raise(tern_status status);
int ternrt_call_init(PyObject *module);

/* --- eras, enums (era.c, enums.c, dtype.c) --- */

typedef enum ternrt_enum {
#define TERNRT_ENUM(name) TERNRT_##name,
#include "enums.def"
    TERNRT_ENUM_COUNT
} ternrt_enum;

/* Every member of every enumeration, in the order of enums.def. */
typedef enum ternrt_member {
#define TERNRT_MEMBER(name, member, ...) TERNRT_##name##_##member,
#include "enums.def"
    TERNRT_MEMBER_COUNT
} ternrt_member;

int ternrt_enums_init(PyObject *module);
int ternrt_dtype_init(PyObject *module); /* dtype.c */
int ternrt_era(void);                    /* 7..11, or 0 while nobody chose one */
void ternrt_era_freeze(const char *cause);
const char *ternrt_era_version(void); /* what `tensorrt.__version__` says */

PyObject *ternrt_member_object(int member); /* new reference */
/* A member from the object or from the era's integer; -1 with TypeError or ValueError. */
int ternrt_member_read(PyObject *object, ternrt_enum kind);
const char *ternrt_member_tern(int member); /* Tern's name, "" when it has none */
const char *ternrt_member_name(int member);
ternrt_enum ternrt_member_kind(int member);
int ternrt_member_by_tern(ternrt_enum kind, const char *tern); /* -1: none */
int ternrt_member_int(int member);                             /* its integer in the era */
int ternrt_enum_first(ternrt_enum kind); /* first member; members of an enumeration are adjacent */
int ternrt_enum_size(ternrt_enum kind);
PyTypeObject *ternrt_enum_type(ternrt_enum kind);
/* The era's bit mask to a mask by position in the table and back; -1 with ValueError for an unknown
   bit. */
int ternrt_mask_read(ternrt_enum kind, uint64_t bits, uint64_t *out_members);
uint64_t ternrt_mask_write(ternrt_enum kind, uint64_t members);

PyObject *ternrt_dtype_object(tern_dtype dtype); /* DataType member, or None for 0 */
int ternrt_dtype_read(PyObject *object, tern_dtype *out_dtype);
PyObject *ternrt_nptype(PyObject *object);        /* of a DataType: NumPy's or ml_dtypes' type */
const char *ternrt_dtype_numpy(tern_dtype dtype); /* "float32" */
int32_t ternrt_dtype_bits(tern_dtype dtype);
tern_dtype ternrt_dtype_of_numpy(const char *name); /* 0: none */

/* --- values --- */

/* dims.c: Dims and its kin, Permutation */
typedef struct ternrt_dims {
    int32_t count;
    int64_t v[TERN_MAX_RANK];
} ternrt_dims;

typedef enum ternrt_dims_kind {
    TERNRT_DIMS,
    TERNRT_DIMS2,
    TERNRT_DIMS3,
    TERNRT_DIMS4,
    TERNRT_DIMS_HW,
    TERNRT_DIMS_CHW,
    TERNRT_DIMS_NCHW,
    TERNRT_PERMUTATION,
    TERNRT_DIMS_KINDS
} ternrt_dims_kind;

int ternrt_dims_init(PyObject *module);
/* From Dims, a sequence of integers, or (when `scalar`) one integer; -1 with an exception. */
int ternrt_dims_read(PyObject *object, ternrt_dims *out_dims);
PyObject *ternrt_dims_make(ternrt_dims_kind kind, int32_t count, const int64_t *values);
int64_t ternrt_dims_volume(int32_t count, const int64_t *values); /* -1: unknown or too large */

/* convert.c: arguments */
int ternrt_i64(PyObject *object, int64_t *out); /* anything with __index__ */
int ternrt_i32(PyObject *object, int32_t *out);
int ternrt_f64(PyObject *object, double *out);
/* int, an object with __index__ or __int__, a writable buffer or a DLPack tensor; -1 with
 * TypeError.  What has to stay alive for the address to hold is added to *out_owner (a new
 * reference, or NULL). */
int ternrt_address(PyObject *object, void **out_address, PyObject **out_owner);
int64_t *ternrt_i64_list(PyObject *object,
                         Py_ssize_t *out_count); /* PyMem_Free it; NULL with an exception */

enum { TERNRT_MOST_PARAMETERS = 9 };

/* A function's name, how many of its parameters must be there, and their names in order. */
typedef struct ternrt_signature {
    const char *function;
    int required;
    const char *names[TERNRT_MOST_PARAMETERS]; /* ends with NULL */
} ternrt_signature;

/* Arguments of a fast call by position and keyword; NULL for those that are absent. */
int ternrt_arguments(const ternrt_signature *takes, PyObject *const *args, Py_ssize_t count,
                     PyObject *keywords, PyObject **out_values);

/* The one argument of a method, by position or as any of `parameters` ("index|name"). */
PyObject *ternrt_only(const char *function, const char *parameters, PyObject *const *args,
                      Py_ssize_t count, PyObject *keywords);

/* method_one is `method` for a table of methods with keywords. */
#define TERNRT_ONE(method, parameters)                                                             \
    static PyObject *method##_one(PyObject *self, PyObject *const *args, Py_ssize_t n,             \
                                  PyObject *keywords)                                              \
    {                                                                                              \
        PyObject *only = ternrt_only(#method, parameters, args, n, keywords);                      \
        return only == NULL ? NULL : method(self, only);                                           \
    }

/* dlpack.c */
int ternrt_dlpack_address(PyObject *object, void **out_address, PyObject **out_owner);

/* weights.c */
typedef struct ternrt_weights {
    PyObject base;
    tern_weights weights;
    Py_buffer view;           /* view.obj NULL: not from a buffer */
    PyObject *owner;          /* an array that has no buffer (bfloat16) */
    Py_ssize_t shape, stride; /* of the buffer that we export */
} ternrt_weights;

int ternrt_weights_init(PyObject *module);
/* A Weights object (new reference) of a Weights object, an array or None. */
ternrt_weights *ternrt_weights_read(PyObject *object);
/* Weights that lie in memory which the owner keeps. */
PyObject *ternrt_weights_make(const tern_weights *weights, PyObject *owner);
PyObject *ternrt_numpy(void); /* borrowed; NULL with ImportError */

/* --- objects --- */

extern PyTypeObject *ternrt_logger_type, *ternrt_network_type, *ternrt_config_type,
    *ternrt_profile_type, *ternrt_tensor_type, *ternrt_weights_type, *ternrt_memory_type,
    *ternrt_engine_type, *ternrt_context_type, *ternrt_layer_type;

/* recorder.c: whom an object tells what goes wrong.  Only the root of a chain, a builder or a
 * runtime, has a logger; every link may have an IErrorRecorder. */
typedef struct ternrt_reporter {
    PyObject *logger, *recorder;
    const struct ternrt_reporter *parent; /* of the object that keeps this one's parent alive */
} ternrt_reporter;

int ternrt_recorder_init(PyObject *module);
PyObject *ternrt_reporter_logger(const ternrt_reporter *reporter); /* borrowed */
void ternrt_reporter_drop(ternrt_reporter *reporter);
int ternrt_reporter_traverse(const ternrt_reporter *reporter, visitproc visit, void *arg);
/* One line to the logger, and to the recorder if it is an error; the GIL is held.  What they raise
   is left set. */
void ternrt_tell(const ternrt_reporter *reporter, int severity, const char *text);
PyObject *ternrt_get_recorder(PyObject *self, void *closure);
int ternrt_set_recorder(PyObject *self, PyObject *value, void *closure);

/* A row of a table of properties. */
#define TERNRT_ERROR_RECORDER(type)                                                                \
    {                                                                                              \
        "error_recorder", ternrt_get_recorder, ternrt_set_recorder,                                \
            TERNRT_DOC("An IErrorRecorder that hears of errors, or None: that of what this was "   \
                       "made from."),                                                              \
            (void *)(intptr_t)offsetof(type, reporter)                                             \
    }

/* logger.c */
int ternrt_logger_init(PyObject *module);
tern_logger ternrt_logger_of(ternrt_reporter *reporter);
int ternrt_logger_write(PyObject *logger, int severity, const char *text); /* -1: it raised */
/* A message of the binding itself, the way the library would log it. */
void ternrt_log(const ternrt_reporter *reporter, tern_severity severity, const char *format, ...)
    TERNRT_PRINTF(3, 4);

/* allocator.c */
int ternrt_allocator_init(PyObject *module);
/* A block of IGpuAllocator memory and its address, which is NULL when there is none; -1 with an
   exception. */
int ternrt_gpu_allocate(PyObject *allocator, size_t bytes, PyObject **out_block,
                        void **out_address);
void ternrt_gpu_free(PyObject *allocator, PyObject *block);
PyObject *ternrt_get_allocator(PyObject *self, void *closure);
int ternrt_set_allocator(PyObject *self, PyObject *value, void *closure);

/* kept.c: properties that are kept in an int64_t of the object and have no effect; the closure is a
   ternrt_kept. */
typedef enum ternrt_kept_kind {
    TERNRT_KEPT_NUMBER,
    TERNRT_KEPT_BOOL,
    TERNRT_KEPT_MEMBER, /* place in its enumeration */
    TERNRT_KEPT_MASK    /* by place in its enumeration */
} ternrt_kept_kind;

typedef struct ternrt_kept {
    size_t offset;
    ternrt_kept_kind kind;
    ternrt_enum members;
    int64_t least;
} ternrt_kept;

PyObject *ternrt_get_kept(PyObject *self, void *closure);
int ternrt_set_kept(PyObject *self, PyObject *value, void *closure);

/* hostmemory.c */
typedef struct ternrt_memory {
    PyObject base;
    tern_memory *memory; /* NULL: the bytes belong to owner */
    PyObject *owner;
    const void *data;
    size_t size;
} ternrt_memory;

int ternrt_memory_init(PyObject *module);
PyObject *ternrt_memory_of(tern_memory *memory); /* takes it over */
PyObject *ternrt_memory_view(const void *data, size_t size, PyObject *owner);

/* builder.c */
typedef struct ternrt_builder {
    PyObject base;
    tern_builder *builder;
    ternrt_reporter reporter;
    PyObject *allocator; /* IGpuAllocator of the engines that it builds */
    bool max_batch_set;
    uint64_t flags; /* what builder.fp16_mode and its kin asked for, BuilderFlag members */
    int64_t workspace, min_iterations,
        average_iterations; /* settings from before there were configs; -1: not set */
    bool debug_sync;
} ternrt_builder;

int ternrt_builder_init(PyObject *module);

/* config.c */
typedef struct ternrt_config {
    PyObject base;
    tern_config *config;
    PyObject *builder;
    PyObject *progress; /* IProgressMonitor */
    PyObject *cache;    /* ITimingCache */
    struct ternrt_phase {
        char name[64];
        int32_t total;
    } phase;
    uint64_t flags;    /* BuilderFlag members */
    uint64_t tactics;  /* TacticSource members */
    uint64_t previews; /* PreviewFeature members */
    int64_t min_iterations, average_iterations;
    int64_t quantization; /* QuantizationFlag members */
    int64_t aux_streams, profile_stream, max_tactics, tiling, tiling_bytes; /* kept.c */
} ternrt_config;

int ternrt_config_init(PyObject *module);
PyObject *ternrt_config_make(ternrt_builder *builder);
int ternrt_config_set_flag(ternrt_config *config, int member, bool on);
int ternrt_config_set_key(ternrt_config *config, tern_config_key key, int64_t value);

/* timing.c: ITimingCache, and the methods of a config about it */
int ternrt_timing_init(PyObject *module);
int ternrt_config_apply_cache(ternrt_config *config); /* after the cache or a flag has changed */
PyObject *ternrt_create_timing_cache(PyObject *self, PyObject *serialized);
PyObject *ternrt_set_timing_cache(PyObject *self, PyObject *const *args, Py_ssize_t n,
                                  PyObject *keywords);
PyObject *ternrt_get_timing_cache(PyObject *self, PyObject *unused);

/* profile.c */
typedef struct ternrt_profile {
    PyObject base;
    tern_profile *profile;
    PyObject *builder;
    double extra_memory_target;
} ternrt_profile;

int ternrt_profile_init(PyObject *module);
PyObject *ternrt_profile_make(ternrt_builder *builder);

/* network.c, add.c */
typedef struct ternrt_network {
    PyObject base;
    tern_network *network;
    ternrt_reporter reporter;
    PyObject *builder;
    PyObject
        *handles;    /* {address of a layer or tensor: its wrapper}; wrappers take themselves out */
    PyObject *keep;  /* list: weights that the network borrows */
    PyObject *notes; /* {(address of a handle, name): value}: what is only recorded */
    uint64_t flags;  /* NetworkDefinitionCreationFlag members */
    bool batch_open; /* created without a word on the batch */
} ternrt_network;

int ternrt_network_init(PyObject *module);
PyObject *ternrt_network_make(ternrt_builder *builder, uint64_t flags);
/* The one wrapper of a handle: an existing one, or a new one of `type`. */
PyObject *ternrt_network_wrap(ternrt_network *network, void *handle, PyTypeObject *type);
void ternrt_network_forget(ternrt_network *network, void *handle);
/* Explicit or implicit, when something that only one of them can mean is used; -1 with an
   exception, 0 refused, 1 done. */
int ternrt_network_decide(ternrt_network *network, tern_batch batch, const char *cause);
void ternrt_network_note(ternrt_network *network, const void *handle, const char *name,
                         PyObject *value); /* NULL: forget */
PyObject *ternrt_network_noted(ternrt_network *network, const void *handle,
                               const char *name);   /* borrowed; NULL: none */
PyMethodDef *ternrt_network_adders(int *out_count); /* add.c */

/* parser.c: OnnxParser */
int ternrt_parser_init(PyObject *module);

/* layer.c, props.c, tensor.c: wrappers of borrowed handles */
typedef struct ternrt_handle {
    PyObject base;
    void *handle;            /* tern_layer or tern_tensor */
    ternrt_network *network; /* keeps it alive */
} ternrt_handle;

int ternrt_layer_init(PyObject *module);
int ternrt_tensor_init(PyObject *module);
PyObject *ternrt_layer_wrap(ternrt_network *network, tern_layer *layer);
PyObject *ternrt_tensor_wrap(ternrt_network *network, tern_tensor *tensor); /* None for NULL */
PyGetSetDef *ternrt_layer_properties(const char *class_name); /* props.c; ends with a NULL name */
PyTypeObject *ternrt_layer_class(const tern_layer *layer);    /* by its operator */
/* The layer's weights called `name`, kept alive by the network; -1 with an exception. */
int ternrt_layer_give_weights(ternrt_network *network, tern_layer *layer, const char *name,
                              PyObject *weights);
/* A text of any length: noted whole, its beginning is the attribute; -1 with an exception. */
int ternrt_layer_set_message(ternrt_network *network, tern_layer *layer, const char *attr,
                             PyObject *message);
void ternrt_handle_dealloc(PyObject *self);
int ternrt_handle_traverse(PyObject *self, visitproc visit, void *arg);

/* runtime.c */
typedef struct ternrt_runtime {
    PyObject base;
    tern_runtime *runtime;
    ternrt_reporter reporter;
    PyObject *allocator;             /* IGpuAllocator */
    PyObject *folder;                /* temporary_directory */
    int64_t host_code, tempfile_use; /* kept.c */
} ternrt_runtime;

int ternrt_runtime_init(PyObject *module);
PyObject *ternrt_runtime_make(ternrt_builder *builder, PyObject *logger);
PyObject *ternrt_runtime_load(ternrt_runtime *runtime, PyObject *source);

/* engine.c, engine_tensors.c */
typedef struct ternrt_engine {
    PyObject base;
    tern_engine *engine;
    ternrt_reporter reporter;
    PyObject *runtime;       /* a ternrt_runtime */
    PyObject *allocator;     /* the runtime's IGpuAllocator when it was loaded */
    PyObject *source;        /* what a borrowed plan lies in */
    Py_buffer view;          /* of an mmap that is used in place; obj NULL: none */
    int32_t count, profiles; /* tensors, profiles */
    tern_binding *bindings;
} ternrt_engine;

int ternrt_engine_init(PyObject *module);
PyObject *ternrt_engine_make(tern_engine *engine, PyObject *runtime);
const ternrt_reporter *ternrt_engine_logger(const ternrt_engine *engine);
int32_t ternrt_engine_find(const ternrt_engine *engine,
                           PyObject *name); /* -1 with an exception, -2 unknown (logged) */
int32_t ternrt_engine_find_as(const ternrt_engine *engine, const ternrt_reporter *reporter,
                              PyObject *name);
/* A binding's number: an integer or a name; the profile it stands for goes to *out_profile.  -1
   with an exception. */
int32_t ternrt_engine_binding(const ternrt_engine *engine, PyObject *binding, int32_t *out_profile);
PyMethodDef *ternrt_engine_tensor_methods(void);

/* inspector.c */
int ternrt_inspector_init(PyObject *module);
PyObject *ternrt_inspector_make(ternrt_engine *engine);

/* callbacks.c: IProfiler, Profiler, IOutputAllocator, IProgressMonitor */
int ternrt_callbacks_init(PyObject *module);
struct ternrt_context;
tern_profiler ternrt_profiler_of(struct ternrt_context *context);
/* Gives the profiler the times of the last run; 1 done, 0 there are none, -1 with an exception. */
int ternrt_profiler_report(struct ternrt_context *context);
tern_output_allocator ternrt_output_allocator_of(PyObject *allocator);
tern_progress ternrt_progress_of(ternrt_config *config);
int ternrt_progress_done(ternrt_config *config);
extern PyTypeObject *ternrt_profiler_type, *ternrt_output_allocator_type, *ternrt_progress_type;

/* context.c, run.c, shapes.c */
typedef struct ternrt_context {
    PyObject base;
    tern_context *context;
    ternrt_engine *engine;
    ternrt_reporter reporter;
    PyObject *profiler;
    PyObject *times;       /* of the last run, (name, milliseconds) each, while it emits none */
    const char *first;     /* the layer that opens them */
    PyObject *allocator;   /* IGpuAllocator that block is of */
    PyObject *block;       /* its scratch memory: of the allocator, or what the user set */
    PyObject **owners;     /* per tensor: what the bound address belongs to, or NULL */
    PyObject **allocators; /* per tensor: IOutputAllocator, or NULL */
    PyObject *name;
    tern_event consumed;        /* recorded behind every run; 0: none */
    bool debug_sync, is_silent; /* is_silent: not enqueue_emits_profile */
    int64_t nvtx, cache_bytes;  /* kept.c */
    PyObject *temporary;        /* temporary_allocator */
} ternrt_context;

int ternrt_context_init(PyObject *module);
PyObject *ternrt_context_make(ternrt_engine *engine, bool is_bare);

/* cuda.c, memory.c */
int ternrt_cuda_init(PyObject *module);
int ternrt_device_memory_init(PyObject *module);
/* Waits for what every stream made here has queued, without taking their errors; the GIL may be
   held or not. */
void ternrt_wait_for_streams(void);

/* --- small helpers --- */

/* types.c */
PyTypeObject *ternrt_type_make(PyObject *module, PyType_Spec *spec, PyTypeObject *base);
void *ternrt_alloc(PyTypeObject *type); /* zeroed object, or NULL */
void ternrt_free(PyObject *self); /* the end of every tp_dealloc of a type without a __dict__ */
PyObject *ternrt_enter_self(PyObject *self, PyObject *unused); /* __enter__ */
PyObject *ternrt_abstract(PyObject *self, PyObject *args);     /* raises: override it */
bool ternrt_is_deleted(const PyObject *value); /* in a setter: true with AttributeError */
PyObject *ternrt_exit_nothing(PyObject *self, PyObject *const *args,
                              Py_ssize_t n);                 /* __exit__ frees nothing */
PyObject *ternrt_text(const char *text);                     /* str, or None for NULL */
const char *ternrt_utf8(PyObject *object, const char *what); /* NULL with TypeError */

#define TERNRT_WITH                                                                                \
    {"__enter__", ternrt_enter_self, METH_NOARGS, NULL},                                           \
    {                                                                                              \
        "__exit__", TERNRT_FAST(ternrt_exit_nothing), NULL                                         \
    }

#endif
