/* SPDX-License-Identifier: Apache-2.0
 *
 * tern bench: latency of a plan on the caller's thread (stream 0), after a warm-up.
 */
#include "cli.h"

#include <stdlib.h>
#include <time.h>

static struct {
    int64_t threads, batch, iterations, warm_up, duration;
    cli_list shapes, inputs;
    bool json, layers;
} o;

static const cli_option options[] = {
    {"threads", CLI_INT, &o.threads, "N", "threads to run with", 1, 256},
    {"batch", CLI_INT, &o.batch, "N", "batch of an implicit-batch plan (default 1)", 1, INT32_MAX},
    {"shape", CLI_LIST, &o.shapes, "NAME:1x3x8x8", "shape of an input that varies", 0, 0},
    {"input", CLI_LIST, &o.inputs, "NAME=FILE", ".npy or raw file, or random (default), or zeros",
     0, 0},
    {"warm-up", CLI_INT, &o.warm_up, "MS", "run this long before measuring (default 200)", 0,
     600000},
    {"duration", CLI_INT, &o.duration, "MS", "measure at least this long (default 1000)", 0,
     600000},
    {"iterations", CLI_INT, &o.iterations, "N",
     "and at least this often (default 10, at most 1000000)", 1, 1000000},
    {"json", CLI_FLAG, &o.json, NULL, "print as JSON, with every time in times_ms", 0, 0},
    {"layers", CLI_FLAG, &o.layers, NULL, "time of each layer, from one more run", 0, 0},
    {0},
};

static int run(int argc, char **argv);
const cli_command cli_bench = {"bench", "PLAN", "time a plan", run};

enum { MOST_TIMES = 1000000 };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Fills times in the order of the runs; returns how many, or -1. */
static int measure(tern_context *context, double *times)
{
    for (const double start = now_ms(); now_ms() - start < (double)o.warm_up;) {
        if (tern_context_enqueue(context, 0) != TERN_OK) {
            return -1;
        }
    }
    int count = 0;
    const double start = now_ms();
    while (count < MOST_TIMES && (count < o.iterations || now_ms() - start < (double)o.duration)) {
        const double before = now_ms();
        if (tern_context_enqueue(context, 0) != TERN_OK) {
            return -1;
        }
        times[count++] = now_ms() - before;
    }
    return count;
}

static void report(const char *path, double *times, int count)
{
    double sum = 0.0;
    for (int i = 0; i < count; i++) {
        sum += times[i];
    }
    double *sorted = malloc((size_t)count * sizeof *sorted);
    if (sorted == NULL) {
        return;
    }
    for (int i = 0; i < count; i++) {
        sorted[i] = times[i];
    }
    qsort(sorted, (size_t)count, sizeof *sorted, compare);
    const double p50 = sorted[count / 2];
    const double p90 = sorted[(int)((double)(count - 1) * 0.9)];
    const double p99 = sorted[(int)((double)(count - 1) * 0.99)];
    const double rate = (double)o.batch * (double)count / sum * 1e3;
    if (o.json) {
        printf("{\"plan\": \"%s\", \"runs\": %d, \"batch\": %lld, \"threads\": %lld, \"min_ms\": "
               "%.6f, "
               "\"median_ms\": %.6f, \"p90_ms\": %.6f, \"p99_ms\": %.6f, \"throughput\": %.3f, "
               "\"times_ms\": [",
               path, count, (long long)o.batch, (long long)o.threads, sorted[0], p50, p90, p99,
               rate);
        for (int i = 0; i < count; i++) {
            printf("%s%.6f", i > 0 ? ", " : "", times[i]);
        }
        printf("]}\n");
    } else {
        printf("%s: min %.4f ms, median %.4f, p90 %.4f, p99 %.4f, %.1f inferences/s (%d runs)\n",
               path, sorted[0], p50, p90, p99, rate, count);
    }
    free(sorted);
}

static void print_layer(void *self, const char *name, double milliseconds)
{
    (void)self;
    fprintf(o.json ? stderr : stdout, "  %9.4f ms  %s\n", milliseconds, name);
}

static int bench(const char *path, tern_context *context)
{
    double *times = malloc(MOST_TIMES * sizeof *times);
    if (times == NULL) {
        fprintf(stderr, "tern bench: out of memory\n");
        return CLI_FAILED;
    }
    const int count = measure(context, times);
    int code = CLI_OK;
    if (count < 0) {
        code = cli_fail(&cli_bench);
    } else {
        report(path, times, count);
    }
    free(times);
    const tern_profiler profiler = {NULL, print_layer};
    if (code == CLI_OK && o.layers &&
        (tern_context_set_profiler(context, &profiler) != TERN_OK ||
         tern_context_enqueue(context, 0) != TERN_OK)) {
        code = cli_fail(&cli_bench);
    }
    return code;
}

static int run(int argc, char **argv)
{
    const char *path = NULL;
    o.batch = 1;
    o.warm_up = 200;
    o.duration = 1000;
    o.iterations = 10;
    int code = cli_parse(&cli_bench, options, argc, argv, &path, 1);
    if (code >= 0) {
        return code;
    }
    tern_runtime *runtime = NULL;
    tern_engine *engine = NULL;
    tern_context *context = NULL;
    cli_buffers buffers = {0};
    code = cli_load(&cli_bench, path, o.threads, &runtime, &engine);
    if (code == CLI_OK && tern_context_create(engine, &context) != TERN_OK) {
        code = cli_fail(&cli_bench);
    }
    if (code == CLI_OK) {
        const cli_request request = {&o.shapes, &o.inputs, o.batch};
        code = cli_bind(&cli_bench, engine, context, &request, &buffers);
    }
    if (code == CLI_OK) {
        code = bench(path, context);
    }
    tern_context_destroy(context);
    cli_unbind(&buffers);
    tern_engine_destroy(engine);
    tern_runtime_destroy(runtime);
    return code;
}
