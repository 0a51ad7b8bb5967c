/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this folder share: a network from a builder whose heap counts, its plan, engine
   and context, and what the library said.

     rig r;
     rig_open(&r, TERN_BATCH_IS_EXPLICIT);
     tern_tensor *x = rig_input(&r, "x", "f32[2,3]");
     tern_layer *layer = rig_layer(&r, "relu", NULL, x, NULL);
     REQUIRE_OK(tern_network_mark_output(r.network, tern_layer_output(layer, 0)));
     rig_run(&r, (const void *[]){x_data}, (void *[]){y_data});
     rig_close(&r);                               fails the test when anything leaks
*/
#ifndef TERN_TESTS_NETWORK_RIG_H
#define TERN_TESTS_NETWORK_RIG_H

#include "harness/alloc.h"
#include "harness/harness.h"
#include "tern/tern.h"

typedef struct rig {
    tern_test_heap heap;
    tern_builder *builder;
    tern_network *network;
    tern_config *config;
    tern_memory *plan;
    tern_runtime *runtime;
    tern_engine *engine;
    tern_context *context;
    int32_t error_count; /* lines of severity error that the logger got */
    char last_error[600];
    char infos[4096]; /* lines of severity info, one after another */
} rig;

void rig_open(rig *r, tern_batch batch);
void rig_close(rig *r);

/* `type`: "f32[1,3,8,8]", "i32[]"; -1 for an extent that varies. */
tern_tensor *rig_input(rig *r, const char *name, const char *type);
/* Splits "f32[1,-1]" up; returns what comes behind it, NULL when it is no type. */
const char *rig_type(const char *text, tern_dtype *out_dtype, int32_t *out_rank,
                     int64_t dims[TERN_MAX_RANK]);

/* Layers; the one without a network's check ends the test when it is refused. */
tern_layer *rig_layer(rig *r, const char *op, const char *attributes, tern_tensor *a,
                      tern_tensor *b);
tern_layer *rig_layer_of(rig *r, const char *op, const char *attributes, tern_tensor *const *inputs,
                         int32_t count);
tern_tensor *rig_constant(rig *r, const char *type, const void *data);
/* f32 weights. */
void rig_weights(tern_layer *layer, const char *name, const float *data, int64_t count);
void rig_output(rig *r, tern_tensor *tensor, const char *name);

/* A range of an input's shape in the config's only profile; call it once per network, with all
   inputs. */
typedef struct rig_range {
    const char *input, *min, *opt, *max; /* "f32[1,3]": the element type is not looked at */
} rig_range;
void rig_profile(rig *r, const rig_range *ranges, int32_t count);

/* Builds a plan in place of the last one. */
tern_status rig_build(rig *r);
/* Builds, loads and makes a context (all required to work), in place of the last ones. */
void rig_load(rig *r);
/* Loads if that was not done yet; binds and runs on the caller's thread. */
void rig_run(rig *r, const void *const *inputs, void *const *outputs);
/* Gives engine and context back. */
void rig_unload(rig *r);

/* The last error has a text, and one that says `part`. */
void rig_check_error(const char *file, int line, tern_status got, tern_status want,
                     const char *part);
#define CHECK_ERROR(got, want, part) rig_check_error(TERN_HERE, (got), (want), (part))

/* For calls that may fail or not. */
static inline void rig_may_fail(tern_status status)
{
    (void)status;
}

/* count random floats in -1..1 */
void rig_random(float *to, int64_t count);

#endif
