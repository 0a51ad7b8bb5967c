/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest program that runs a plan; it needs libtern_runtime only.
   ./run_plan FILE */
#include <tern/context.h>
#include <tern/error.h>

#include <stdio.h>
#include <stdlib.h>

static void check(tern_status status)
{
    if (status != TERN_OK) {
        fprintf(stderr, "run_plan: %s\n", tern_error_last()->text);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    float x[] = {-3, 4};
    float y[] = {-1, -1};
    tern_runtime *runtime = NULL;
    tern_engine *engine = NULL;
    tern_context *context = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: run_plan FILE\n");
        return 2;
    }
    check(tern_runtime_create(NULL, &runtime));
    check(tern_engine_load_file(runtime, argv[1], &engine));
    check(tern_context_create(engine, &context));
    check(tern_context_bind(context, tern_engine_find_binding(engine, "x"), x));
    check(tern_context_bind(context, tern_engine_find_binding(engine, "y"), y));
    check(tern_context_enqueue(context, 0)); /* stream 0 is this thread: done when it returns */
    printf("relu([%g, %g] + 1) = [%g, %g]\n", (double)x[0], (double)x[1], (double)y[0],
           (double)y[1]);

    tern_context_destroy(context);
    tern_engine_destroy(engine);
    tern_runtime_destroy(runtime);
    return y[0] != 0 || y[1] != 5;
}
