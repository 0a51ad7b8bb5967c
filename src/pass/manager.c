/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens around every pass: the stage it needs is checked, it runs, nodes nobody needs any
 * more go, the graph is verified when asked, the changes are counted, logged and dumped.  A pass
 * that fails while dumps are wanted leaves the graph as it was before: `<pass>.failed.tern` is the
 * reproducer.
 */
#include "base/alloc.h"
#include "base/os.h"
#include "pass/list.h"
#include "pass/rewrite.h"

static const char *const stage_texts[] = {"", "every value has a type", "the batch is explicit"};

static bool types_known(const tern_graph *g)
{
    for (tern_value_id id = 1; id < g->value_count; id++) {
        const tern_value *v = &g->values[id];
        if (tern_value_exists(v) && v->type.dtype == 0) {
            return false;
        }
    }
    return true;
}

static tern_status check_stage(const tern_pass *pass, const tern_graph *g)
{
    const bool ok =
        pass->after == TERN_IR_ANY ||
        (types_known(g) && (pass->after != TERN_IR_EXPLICIT || g->batch == TERN_BATCH_IS_EXPLICIT));
    return ok ? TERN_OK
              : tern_fail(TERN_INVALID_ARGUMENT,
                          "pass \"%s\" needs that %s; run batchify and infer-shapes first",
                          pass->name, stage_texts[pass->after]);
}

static tern_status write_text(const tern_graph *g, const char *folder, const char *name,
                              const char *suffix)
{
    tern_text text, path;
    tern_text_init(&text, g->allocator);
    tern_text_init(&path, g->allocator);
    tern_text_add(&path, "%s/%s%s", folder, name, suffix);
    tern_status status = tern_graph_print(g, &text);
    status = status == TERN_OK ? tern_text_status(&path) : status;
    status = status == TERN_OK
                 ? tern_file_write(tern_text_get(&path), tern_text_get(&text), text.len)
                 : status;
    tern_text_destroy(&text);
    tern_text_destroy(&path);
    return status;
}

static tern_status run_body(const tern_pass *pass, tern_graph *g, tern_pass_context *c)
{
    TERN_TRY(check_stage(pass, g));
    TERN_TRY(pass->rules != NULL ? tern_rules_run(pass->rules, g, c) : pass->run(g, c));
    uint32_t removed;
    TERN_TRY(c->changes > 0 ? tern_graph_sweep(g, &removed) : TERN_OK);
    return c->options->verify ? tern_graph_verify(g) : TERN_OK;
}

/* Dumping must not fail a build: what cannot be written is a warning. */
static void dump(const tern_graph *g, const tern_pass_options *o, const char *name,
                 const char *suffix)
{
    if (write_text(g, o->dump_dir, name, suffix) != TERN_OK) {
        tern_log(o->logger, TERN_SEVERITY_WARNING, "pass", "cannot write the graph: %s",
                 tern_error_last()->text);
    }
}

tern_status tern_pass_run_counted(const tern_pass *pass, tern_graph *g,
                                  const tern_pass_options *options, int64_t *rewrites_left,
                                  int64_t *out_changes)
{
    *out_changes = 0;
    tern_graph *before = NULL;
    if (options->dump_dir != NULL) {
        TERN_TRY(tern_graph_clone(g, &before));
    }
    tern_arena scratch;
    tern_arena_init(&scratch, g->allocator);
    tern_pass_context c = {.options = options, .scratch = &scratch, .rewrites_left = rewrites_left};
    const int64_t start_ns = tern_os_now_ns();
    const tern_status status = run_body(pass, g, &c);
    tern_arena_destroy(&scratch);
    if (status == TERN_OK) {
        tern_log(options->logger, TERN_SEVERITY_DETAIL, "pass", "%s: %lld changes, %lld us",
                 pass->name, (long long)c.changes,
                 (long long)((tern_os_now_ns() - start_ns) / 1000));
        *out_changes = c.changes;
    } else {
        tern_error_note("in pass \"%s\"", pass->name);
    }
    if (before != NULL) {
        const tern_error failure = *tern_error_last();
        dump(status == TERN_OK ? g : before, options, pass->name,
             status == TERN_OK ? ".tern" : ".failed.tern");
        if (status != TERN_OK) {
            tern_error_set(&failure);
        }
        tern_graph_destroy(before);
    }
    return status;
}

tern_status tern_pass_run(const tern_pass *pass, tern_graph *g, const tern_pass_options *options,
                          int64_t *rewrites_left)
{
    int64_t changes;
    return tern_pass_run_counted(pass, g, options, rewrites_left, &changes);
}

void tern_pass_options_from_environment(tern_pass_options *options)
{
    const char *limit = tern_os_env("TERN_REWRITES");
    options->dump_dir = tern_os_env("TERN_DUMP");
    options->rewrite_limit = -1;
    int64_t count = 0;
    if (limit != NULL && tern_parse_int64(tern_str_of(limit), 0, INT64_MAX, &count)) {
        options->rewrite_limit = count;
    }
}
