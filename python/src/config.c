/* SPDX-License-Identifier: Apache-2.0
 *
 * IBuilderConfig: options of one build.  Flags are kept by member, so the era matters only where
 * integers pass.
 */
#include "devices.h"

#include <unistd.h>

PyTypeObject *ternrt_config_type;

static ternrt_config *cast(PyObject *object)
{
    return (ternrt_config *)object;
}

static const ternrt_reporter *reporter_of(const ternrt_config *self)
{
    return &((ternrt_builder *)self->builder)->reporter;
}

static void set_defaults(ternrt_config *self)
{
    const int tf32 = TERNRT_BuilderFlag_TF32 - ternrt_enum_first(TERNRT_BuilderFlag);
    self->min_iterations = self->average_iterations = 1;
    self->flags = UINT64_C(1) << tf32; /* on by default */
    self->tactics = self->previews = 0;
    self->quantization = self->profile_stream = self->tiling = self->tiling_bytes = 0;
    self->aux_streams = self->max_tactics = -1; /* as many as it likes */
}

PyObject *ternrt_config_make(ternrt_builder *builder)
{
    ternrt_config *self = ternrt_alloc(ternrt_config_type);
    if (self == NULL) {
        return NULL;
    }
    self->builder = Py_NewRef((PyObject *)builder);
    set_defaults(self);
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status = tern_config_create(builder->builder, &self->config);
    if (ternrt_leave(&call) < 0 || status != TERN_OK) {
        Py_DECREF((PyObject *)self);
        return PyErr_Occurred() != NULL ? NULL : Py_NewRef(Py_None);
    }
    return (PyObject *)self;
}

static void destroy(void *config)
{
    tern_config_destroy(config);
}

static void config_dealloc(PyObject *object)
{
    PyObject_GC_UnTrack(object);
    ternrt_release(destroy, cast(object)->config);
    Py_XDECREF(cast(object)->progress);
    Py_XDECREF(cast(object)->cache);
    Py_XDECREF(cast(object)->builder);
    ternrt_free(object);
}

static PyObject *reset(PyObject *self, PyObject *unused)
{
    (void)unused;
    tern_config *fresh = NULL;
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status =
        tern_config_create(((ternrt_builder *)cast(self)->builder)->builder, &fresh);
    if (status == TERN_OK) {
        tern_config_destroy(cast(self)->config);
        cast(self)->config = fresh;
    }
    if (ternrt_leave(&call) < 0) {
        return NULL;
    }
    if (status != TERN_OK) {
        return ternrt_raise(status);
    }
    set_defaults(cast(self));
    Py_CLEAR(cast(self)->progress);
    Py_CLEAR(cast(self)->cache);
    Py_RETURN_NONE;
}

static int config_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(cast(object)->builder);
    Py_VISIT(cast(object)->progress);
    Py_VISIT(cast(object)->cache);
    return 0;
}

int ternrt_config_set_key(ternrt_config *config, tern_config_key key, int64_t value)
{
    ternrt_call call;
    ternrt_enter(&call);
    (void)!tern_config_set(config->config, key, value); /* the library has logged a refusal */
    return ternrt_leave(&call);
}

/* ---- flags ---- */

/* Flags that promise something that does not happen here; everything else is a permission or a
   wish. */
static const int without_effect[] = {
    TERNRT_BuilderFlag_STRIP_PLAN,
    TERNRT_BuilderFlag_REFIT_IDENTICAL,
    TERNRT_BuilderFlag_REFIT_INDIVIDUAL,
    TERNRT_BuilderFlag_WEIGHT_STREAMING,
    TERNRT_BuilderFlag_VERSION_COMPATIBLE,
    TERNRT_BuilderFlag_EDITABLE_TIMING_CACHE,
    TERNRT_BuilderFlag_REJECT_EMPTY_ALGORITHMS,
    TERNRT_BuilderFlag_ERROR_ON_TIMING_CACHE_MISS,
};

int ternrt_config_set_flag(ternrt_config *config, int member, bool on)
{
    const uint64_t bit = UINT64_C(1) << (member - ternrt_enum_first(TERNRT_BuilderFlag));
    const bool was_on = (config->flags & bit) != 0;
    config->flags = on ? config->flags | bit : config->flags & ~bit;
    for (size_t i = 0; on && !was_on && i < sizeof without_effect / sizeof *without_effect; i++) {
        if (without_effect[i] == member) {
            ternrt_log(reporter_of(config), TERN_SEVERITY_WARNING,
                       "BuilderFlag.%s has no effect in this version", ternrt_member_name(member));
        }
    }
    return member == TERNRT_BuilderFlag_REFIT
               ? ternrt_config_set_key(config, TERN_CONFIG_REFITTABLE, on)
           : member == TERNRT_BuilderFlag_DISABLE_TIMING_CACHE ? ternrt_config_apply_cache(config)
                                                               : 0;
}

static PyObject *change_flag(PyObject *self, PyObject *object, bool on)
{
    const int member = ternrt_member_read(object, TERNRT_BuilderFlag);
    if (member < 0 || ternrt_config_set_flag(cast(self), member, on) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *set_flag(PyObject *self, PyObject *object)
{
    return change_flag(self, object, true);
}
TERNRT_ONE(set_flag, "flag")

static PyObject *clear_flag(PyObject *self, PyObject *object)
{
    return change_flag(self, object, false);
}
TERNRT_ONE(clear_flag, "flag")

static PyObject *get_flag(PyObject *self, PyObject *object)
{
    const int member = ternrt_member_read(object, TERNRT_BuilderFlag);
    if (member < 0) {
        return NULL;
    }
    return PyBool_FromLong(
        (long)(cast(self)->flags >> (member - ternrt_enum_first(TERNRT_BuilderFlag)) & 1));
}
TERNRT_ONE(get_flag, "flag")

static PyObject *get_flags(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLongLong(ternrt_mask_write(TERNRT_BuilderFlag, cast(self)->flags));
}

static int set_flags(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    int64_t bits = 0;
    uint64_t members = 0;
    if (ternrt_is_deleted(value) || ternrt_i64(value, &bits) < 0 ||
        ternrt_mask_read(TERNRT_BuilderFlag, (uint64_t)bits, &members) < 0) {
        return -1;
    }
    const int first = ternrt_enum_first(TERNRT_BuilderFlag),
              size = ternrt_enum_size(TERNRT_BuilderFlag);
    for (int i = 0; i < size; i++) {
        if (ternrt_config_set_flag(cast(self), first + i, (members >> i & 1) != 0) < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- quantization flags: kept, since nothing here calibrates ---- */

static int64_t quantization_bit(PyObject *object)
{
    const int member = ternrt_member_read(object, TERNRT_QuantizationFlag);
    return member < 0 ? -1 : INT64_C(1) << (member - ternrt_enum_first(TERNRT_QuantizationFlag));
}

static PyObject *change_quantization(PyObject *self, PyObject *object, bool on)
{
    const int64_t bit = quantization_bit(object);
    if (bit < 0) {
        return NULL;
    }
    int64_t *flags = &cast(self)->quantization;
    *flags = on ? *flags | bit : *flags & ~bit;
    Py_RETURN_NONE;
}

static PyObject *set_quantization(PyObject *self, PyObject *object)
{
    return change_quantization(self, object, true);
}
TERNRT_ONE(set_quantization, "flag")

static PyObject *clear_quantization(PyObject *self, PyObject *object)
{
    return change_quantization(self, object, false);
}
TERNRT_ONE(clear_quantization, "flag")

static PyObject *get_quantization(PyObject *self, PyObject *object)
{
    const int64_t bit = quantization_bit(object);
    return bit < 0 ? NULL : PyBool_FromLong((cast(self)->quantization & bit) != 0);
}
TERNRT_ONE(get_quantization, "flag")

/* ---- preview features and tactic sources: recorded, nothing here depends on them ---- */

static PyObject *set_preview(PyObject *self, PyObject *const *args, Py_ssize_t n,
                             PyObject *keywords)
{
    static const ternrt_signature takes = {"set_preview_feature", 2, {"feature", "enable"}};
    PyObject *given[2];
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    const int member = ternrt_member_read(given[0], TERNRT_PreviewFeature);
    const int on = member >= 0 ? PyObject_IsTrue(given[1]) : -1;
    if (on < 0) {
        return NULL;
    }
    const uint64_t bit = UINT64_C(1) << (member - ternrt_enum_first(TERNRT_PreviewFeature));
    cast(self)->previews = on ? cast(self)->previews | bit : cast(self)->previews & ~bit;
    Py_RETURN_NONE;
}

static PyObject *get_preview(PyObject *self, PyObject *object)
{
    const int member = ternrt_member_read(object, TERNRT_PreviewFeature);
    if (member < 0) {
        return NULL;
    }
    return PyBool_FromLong(
        (long)(cast(self)->previews >> (member - ternrt_enum_first(TERNRT_PreviewFeature)) & 1));
}
TERNRT_ONE(get_preview, "feature")

static PyObject *set_tactics(PyObject *self, PyObject *object)
{
    int64_t bits = 0;
    if (ternrt_i64(object, &bits) < 0 ||
        ternrt_mask_read(TERNRT_TacticSource, (uint64_t)bits, &cast(self)->tactics) < 0) {
        return NULL;
    }
    Py_RETURN_TRUE;
}
TERNRT_ONE(set_tactics, "tactic_sources")

static PyObject *get_tactics(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLongLong(ternrt_mask_write(TERNRT_TacticSource, cast(self)->tactics));
}

/* ---- memory ---- */

/* Without a limit the whole machine may be used, which is what TensorRT answers. */
static PyObject *workspace_of(PyObject *self)
{
    const int64_t bytes = tern_config_get(cast(self)->config, TERN_CONFIG_WORKSPACE);
    if (bytes >= 0 && bytes != INT64_MAX) {
        return PyLong_FromLongLong(bytes);
    }
    return PyLong_FromLongLong((long long)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE));
}

static PyObject *set_pool(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *keywords)
{
    static const ternrt_signature takes = {"set_memory_pool_limit", 2, {"pool", "pool_size"}};
    PyObject *given[2];
    int64_t bytes = 0;
    if (ternrt_arguments(&takes, args, n, keywords, given) < 0) {
        return NULL;
    }
    const int member = ternrt_member_read(given[0], TERNRT_MemoryPoolType);
    if (member < 0 || ternrt_i64(given[1], &bytes) < 0) {
        return NULL;
    }
    if (member != TERNRT_MemoryPoolType_WORKSPACE) {
        ternrt_log(reporter_of(cast(self)), TERN_SEVERITY_WARNING,
                   "MemoryPoolType.%s: this device has no such memory", ternrt_member_name(member));
    } else if (ternrt_config_set_key(cast(self), TERN_CONFIG_WORKSPACE, bytes) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *get_pool(PyObject *self, PyObject *object)
{
    const int member = ternrt_member_read(object, TERNRT_MemoryPoolType);
    if (member < 0) {
        return NULL;
    }
    return member == TERNRT_MemoryPoolType_WORKSPACE ? workspace_of(self) : PyLong_FromLong(0);
}
TERNRT_ONE(get_pool, "pool")

static PyObject *get_workspace(PyObject *self, void *closure)
{
    (void)closure;
    return workspace_of(self);
}

/* ---- numbers: the closure is the key ---- */

static PyObject *get_number(PyObject *self, void *closure)
{
    return PyLong_FromLongLong(
        tern_config_get(cast(self)->config, (tern_config_key)(intptr_t)closure));
}

static int set_number(PyObject *self, PyObject *value, void *closure)
{
    int64_t number = 0;
    if (ternrt_is_deleted(value) || ternrt_i64(value, &number) < 0) {
        return -1;
    }
    return ternrt_config_set_key(cast(self), (tern_config_key)(intptr_t)closure, number);
}

/* min_timing_iterations and avg_timing_iterations: a tactic is timed as often as the larger of them
   says. */
static int64_t *iterations(PyObject *self, void *closure)
{
    return closure != NULL ? &cast(self)->average_iterations : &cast(self)->min_iterations;
}

static PyObject *get_iterations(PyObject *self, void *closure)
{
    return PyLong_FromLongLong(*iterations(self, closure));
}

static int set_iterations(PyObject *self, PyObject *value, void *closure)
{
    int64_t number = 0;
    if (ternrt_is_deleted(value) || ternrt_i64(value, &number) < 0) {
        return -1;
    }
    *iterations(self, closure) = number;
    const int64_t least = cast(self)->min_iterations, average = cast(self)->average_iterations;
    return ternrt_config_set_key(cast(self), TERN_CONFIG_AVERAGE,
                                 least > average ? least : average);
}

static PyObject *get_verbosity(PyObject *self, void *closure)
{
    (void)closure;
    const int64_t place = tern_config_get(cast(self)->config, TERN_CONFIG_VERBOSITY);
    return ternrt_member_object(place == 2   ? TERNRT_ProfilingVerbosity_DETAILED
                                : place == 1 ? TERNRT_ProfilingVerbosity_NONE
                                             : TERNRT_ProfilingVerbosity_LAYER_NAMES_ONLY);
}

static int set_verbosity(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    const int member =
        ternrt_is_deleted(value) ? -1 : ternrt_member_read(value, TERNRT_ProfilingVerbosity);
    if (member < 0) {
        return -1;
    }
    const int64_t place = member == TERNRT_ProfilingVerbosity_DETAILED ? 2
                          : member == TERNRT_ProfilingVerbosity_NONE   ? 1
                                                                       : 0;
    return ternrt_config_set_key(cast(self), TERN_CONFIG_VERBOSITY, place);
}

/* ---- profiles and progress ---- */

static PyObject *add_profile(PyObject *self, PyObject *object)
{
    if (!Py_IS_TYPE(object, ternrt_profile_type)) {
        return PyErr_Format(PyExc_TypeError,
                            "add_optimization_profile() takes an IOptimizationProfile, not %R",
                            object);
    }
    int32_t index = -1;
    ternrt_call call;
    ternrt_enter(&call);
    const tern_status status =
        tern_config_add_profile(cast(self)->config, ((ternrt_profile *)object)->profile, &index);
    if (ternrt_leave(&call) < 0) {
        return NULL;
    }
    return PyLong_FromLong(status == TERN_OK ? index : -1);
}
TERNRT_ONE(add_profile, "profile")

static PyObject *get_profile_count(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLong(tern_config_profile_count(cast(self)->config));
}

static PyObject *get_progress(PyObject *self, void *closure)
{
    (void)closure;
    return Py_NewRef(cast(self)->progress != NULL ? cast(self)->progress : Py_None);
}

static int set_progress(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    if (value == NULL || (value != Py_None && !PyObject_TypeCheck(value, ternrt_progress_type))) {
        PyErr_Format(PyExc_TypeError, "progress_monitor is an IProgressMonitor or None");
        return -1;
    }
    const tern_progress progress = ternrt_progress_of(cast(self));
    PyObject *old = cast(self)->progress;
    cast(self)->progress = value != Py_None ? Py_NewRef(value) : NULL;
    ternrt_call call;
    ternrt_enter(&call);
    (void)!tern_config_set_progress(cast(self)->config, value != Py_None ? &progress : NULL);
    const int raised = ternrt_leave(&call);
    Py_XDECREF(old);
    return raised;
}

static PyObject *create_cache(PyObject *self, PyObject *serialized)
{
    return ternrt_create_timing_cache(self, serialized);
}
TERNRT_ONE(create_cache, "serialized_timing_cache")

static PyMethodDef methods[] = {
    {"create_timing_cache", TERNRT_KEYWORDS(create_cache_one),
     TERNRT_DOC("create_timing_cache(serialized_timing_cache) -> ITimingCache\n\nFrom the bytes of "
                "an earlier one, or b\"\" for an empty one. None after logging why.")},
    {"set_timing_cache", TERNRT_KEYWORDS(ternrt_set_timing_cache),
     TERNRT_DOC("set_timing_cache(cache, ignore_mismatch) -> bool\n\nBuilds take times from it and "
                "put new ones into it; None for none. One build at a time may use a cache. "
                "Every time is kept with the CPU it was measured on, so ignore_mismatch has no "
                "effect. BuilderFlag.DISABLE_TIMING_CACHE turns it off.")},
    {"get_timing_cache", ternrt_get_timing_cache, METH_NOARGS,
     TERNRT_DOC("The ITimingCache that was set, or None.")},
    {"set_quantization_flag", TERNRT_KEYWORDS(set_quantization_one),
     TERNRT_DOC("set_quantization_flag(flag: QuantizationFlag): kept; it has no effect, since "
                "nothing here calibrates.")},
    {"clear_quantization_flag", TERNRT_KEYWORDS(clear_quantization_one),
     TERNRT_DOC("clear_quantization_flag(flag: QuantizationFlag)")},
    {"get_quantization_flag", TERNRT_KEYWORDS(get_quantization_one),
     TERNRT_DOC("get_quantization_flag(flag: QuantizationFlag) -> bool")},
    {"set_flag", TERNRT_KEYWORDS(set_flag_one), TERNRT_DOC("set_flag(flag: BuilderFlag)")},
    {"clear_flag", TERNRT_KEYWORDS(clear_flag_one), TERNRT_DOC("clear_flag(flag: BuilderFlag)")},
    {"get_flag", TERNRT_KEYWORDS(get_flag_one), TERNRT_DOC("get_flag(flag: BuilderFlag) -> bool")},
    {"set_preview_feature", TERNRT_KEYWORDS(set_preview),
     TERNRT_DOC("set_preview_feature(feature, enable)")},
    {"get_preview_feature", TERNRT_KEYWORDS(get_preview_one),
     TERNRT_DOC("get_preview_feature(feature) -> bool")},
    {"set_tactic_sources", TERNRT_KEYWORDS(set_tactics_one),
     TERNRT_DOC("set_tactic_sources(mask) -> bool")},
    {"get_tactic_sources", get_tactics, METH_NOARGS, TERNRT_DOC("The mask of tactic sources.")},
    {"set_memory_pool_limit", TERNRT_KEYWORDS(set_pool),
     TERNRT_DOC("set_memory_pool_limit(pool, pool_size)")},
    {"get_memory_pool_limit", TERNRT_KEYWORDS(get_pool_one),
     TERNRT_DOC("get_memory_pool_limit(pool) -> bytes")},
    {"set_device_type", TERNRT_KEYWORDS(ternrt_set_device_type), NULL},
    {"get_device_type", TERNRT_KEYWORDS(ternrt_get_device_type), NULL},
    {"is_device_type_set", TERNRT_KEYWORDS(ternrt_is_device_type_set), NULL},
    {"reset_device_type", TERNRT_KEYWORDS(ternrt_reset_device_type), NULL},
    {"can_run_on_DLA", TERNRT_KEYWORDS(ternrt_can_run_on_dla), NULL},
    {"reset", reset, METH_NOARGS, TERNRT_DOC("Back to the defaults; the profiles go.")},
    {"add_optimization_profile", TERNRT_KEYWORDS(add_profile_one),
     TERNRT_DOC("Adds a copy of it; its index, or -1.")},
    TERNRT_WITH,
    {NULL, NULL, 0, NULL},
};

/* Kept: an engine here runs on one stream, timing is done without one, and no tactic is made of
   tiles for a GPU's cache. */
static ternrt_kept quantization = {offsetof(ternrt_config, quantization), TERNRT_KEPT_MASK,
                                   TERNRT_QuantizationFlag, 0},
                   aux_streams = {offsetof(ternrt_config, aux_streams), TERNRT_KEPT_NUMBER,
                                  TERNRT_ENUM_COUNT, -1},
                   profile_stream = {offsetof(ternrt_config, profile_stream), TERNRT_KEPT_NUMBER,
                                     TERNRT_ENUM_COUNT, 0},
                   max_tactics = {offsetof(ternrt_config, max_tactics), TERNRT_KEPT_NUMBER,
                                  TERNRT_ENUM_COUNT, -1},
                   tiling = {offsetof(ternrt_config, tiling), TERNRT_KEPT_MEMBER,
                             TERNRT_TilingOptimizationLevel, 0},
                   tiling_bytes = {offsetof(ternrt_config, tiling_bytes), TERNRT_KEPT_NUMBER,
                                   TERNRT_ENUM_COUNT, 0};

#define NUMBER(key) (void *)(intptr_t)(key)
#define ONLY(member) ternrt_get_only, ternrt_set_only, NULL, NUMBER(TERNRT_##member)
static PyGetSetDef properties[] = {
    {"default_device_type", ONLY(DeviceType_GPU)},
    {"engine_capability", ONLY(EngineCapability_STANDARD)},
    {"hardware_compatibility_level", ONLY(HardwareCompatibilityLevel_NONE)},
    {"runtime_platform", ONLY(RuntimePlatform_SAME_AS_BUILD)},
    {"DLA_core", ternrt_get_dla_core, ternrt_set_dla_core, NULL, NULL},
    {"quantization_flags", ternrt_get_kept, ternrt_set_kept,
     TERNRT_DOC("Mask of QuantizationFlag integers. Kept; it has no effect."), &quantization},
    {"max_aux_streams", ternrt_get_kept, ternrt_set_kept,
     TERNRT_DOC("Streams beside the main one, -1 at first. Kept; it has no effect, since an engine "
                "here runs on one."),
     &aux_streams},
    {"profile_stream", ternrt_get_kept, ternrt_set_kept,
     TERNRT_DOC("Handle of a stream, 0 at first. Kept; it has no effect, since tactics are timed "
                "without a stream."),
     &profile_stream},
    {"max_num_tactics", ternrt_get_kept, ternrt_set_kept,
     TERNRT_DOC("Tactics to time per layer, -1 at first. Kept; it has no effect."), &max_tactics},
    {"tiling_optimization_level", ternrt_get_kept, ternrt_set_kept,
     TERNRT_DOC("A TilingOptimizationLevel. Kept; it has no effect."), &tiling},
    {"l2_limit_for_tiling", ternrt_get_kept, ternrt_set_kept,
     TERNRT_DOC("Bytes, 0 at first. Kept; it has no effect."), &tiling_bytes},
    {"flags", get_flags, set_flags, TERNRT_DOC("Mask of BuilderFlag integers."), NULL},
    {"max_workspace_size", get_workspace, set_number, TERNRT_DOC("Bytes of scratch."),
     NUMBER(TERN_CONFIG_WORKSPACE)},
    {"builder_optimization_level", get_number, set_number, TERNRT_DOC("0 to 5."),
     NUMBER(TERN_CONFIG_LEVEL)},
    {"avg_timing_iterations", get_iterations, set_iterations, NULL, NUMBER(1)},
    {"min_timing_iterations", get_iterations, set_iterations, NULL, NULL},
    {"profiling_verbosity", get_verbosity, set_verbosity,
     TERNRT_DOC("What the plan tells about itself."), NULL},
    {"num_optimization_profiles", get_profile_count, NULL, NULL, NULL},
    {"progress_monitor", get_progress, set_progress, TERNRT_DOC("An IProgressMonitor, or None."),
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot slots[] = {
    {Py_tp_doc, TERNRT_DOC("Options of a build.")},
    {Py_tp_dealloc, (void *)config_dealloc},
    {Py_tp_traverse, (void *)config_traverse},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {0, NULL},
};
static PyType_Spec spec = {
    "ternrt.IBuilderConfig", sizeof(ternrt_config), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};

int ternrt_config_init(PyObject *module)
{
    ternrt_config_type = ternrt_type_make(module, &spec, NULL);
    return ternrt_config_type != NULL ? 0 : -1;
}
