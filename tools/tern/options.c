/* SPDX-License-Identifier: Apache-2.0
 *
 * Option tables: one row makes the parser and the help.
 */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_OPTIONS = 32 };

static void print_help(const cli_command *command, const cli_option *options)
{
    printf("usage: tern %s [OPTIONS] %s\n%s\n\n", command->name, command->usage, command->summary);
    for (const cli_option *o = options; o->name != NULL; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->kind == CLI_FLAG ? "" : " ",
                 o->kind == CLI_FLAG ? "" : o->value);
        printf("  %-28s %s\n", left, o->help);
    }
    printf("  %-28s %s\n", "--help", "this text");
}

static int store(const cli_command *command, const cli_option *o, const char *value)
{
    switch (o->kind) {
    case CLI_FLAG: *(bool *)o->to = true; return -1;
    case CLI_TEXT: *(const char **)o->to = value; return -1;
    case CLI_LIST: {
        cli_list *list = o->to;
        if (list->count == CLI_LIST_MAX) {
            fprintf(stderr, "tern %s: --%s is given more than %d times\n", command->name, o->name,
                    CLI_LIST_MAX);
            return CLI_USAGE;
        }
        list->at[list->count++] = value;
        return -1;
    }
    case CLI_INT: break;
    }
    char *end = NULL;
    errno = 0;
    const long long number = strtoll(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || number < o->low || number > o->high) {
        fprintf(stderr, "tern %s: --%s is \"%s\", allowed is a number in %lld..%lld\n",
                command->name, o->name, value, (long long)o->low, (long long)o->high);
        return CLI_USAGE;
    }
    *(int64_t *)o->to = number;
    return -1;
}

int cli_parse(const cli_command *command, const cli_option *options, int argc, char **argv,
              const char **args, int want)
{
    struct option table[MOST_OPTIONS + 2] = {{0}};
    int count = 0;
    for (; options[count].name != NULL && count < MOST_OPTIONS; count++) {
        table[count] = (struct option){
            options[count].name, options[count].kind == CLI_FLAG ? no_argument : required_argument,
            NULL, count + 1};
    }
    table[count] = (struct option){"help", no_argument, NULL, 'h'};
    optind = 1;
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":h", table, NULL)) != -1;) {
        if (c == 'h') {
            print_help(command, options);
            return CLI_OK;
        }
        if (c == '?' || c == ':') {
            fprintf(stderr, "tern %s: option \"%s\" %s; `tern %s --help` lists the options\n",
                    command->name, argv[optind - 1], c == '?' ? "is unknown" : "needs a value",
                    command->name);
            return CLI_USAGE;
        }
        const int code = store(command, &options[c - 1], optarg);
        if (code >= 0) {
            return code;
        }
    }
    if (argc - optind != want) {
        fprintf(stderr, "tern %s: %d arguments given, %d wanted: %s\n", command->name,
                argc - optind, want, command->usage);
        return CLI_USAGE;
    }
    for (int i = 0; i < want; i++) {
        args[i] = argv[optind + i];
    }
    return -1;
}

int cli_fail(const cli_command *command)
{
    const tern_error *error = tern_error_last();
    fprintf(stderr, "tern %s: %s: %s\n", command->name, tern_status_text(error->status),
            error->text);
    for (int i = 0; i < error->note_count; i++) {
        fprintf(stderr, "  %s\n", error->notes[i]);
    }
    return CLI_FAILED;
}

char *cli_read(const cli_command *command, const char *path, size_t *out_size)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    long size = -1;
    struct stat about; /* a folder opens, and claims the largest size there is */
    if (f != NULL && fstat(fileno(f), &about) == 0 && S_ISDIR(about.st_mode)) {
        errno = EISDIR;
    } else if (f != NULL && fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0 &&
               fseek(f, 0, SEEK_SET) == 0) {
        text = malloc((size_t)size + 1);
    }
    if (text == NULL || fread(text, 1, (size_t)size, f) != (size_t)size) {
        fprintf(stderr, "tern %s: cannot read \"%s\": %s\n", command->name, path, strerror(errno));
        free(text);
        text = NULL;
    } else {
        text[size] = '\0';
        *out_size = (size_t)size;
    }
    if (f != NULL) {
        fclose(f);
    }
    return text;
}

int cli_shape(char *text, char **out_name, int32_t *out_rank, int64_t dims[TERN_MAX_RANK])
{
    char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text) {
        return 0;
    }
    *colon = '\0';
    *out_name = text;
    *out_rank = 0;
    if (strcmp(colon + 1, "scalar") == 0) {
        return 1;
    }
    for (char *at = colon + 1; *out_rank < TERN_MAX_RANK;) {
        char *end = NULL;
        errno = 0;
        dims[(*out_rank)++] = strtoll(at, &end, 10);
        if (errno != 0 || end == at || (*end != 'x' && *end != '\0')) {
            return 0;
        }
        if (*end == '\0') {
            return 1;
        }
        at = end + 1;
    }
    return 0;
}

void cli_log(void *self, tern_severity severity, const char *topic, const char *text)
{
    (void)self;
    const char *wanted = getenv("TERN_LOG");
    const bool is_wanted =
        wanted != NULL && (strstr(wanted, topic) != NULL || strchr(wanted, '*') != NULL);
    if (severity == TERN_SEVERITY_WARNING || (severity > TERN_SEVERITY_WARNING && is_wanted)) {
        fprintf(stderr, "tern: %s: %s\n", topic, text);
    }
}

int cli_load(const cli_command *command, const char *path, int64_t threads,
             tern_runtime **out_runtime, tern_engine **out_engine)
{
    tern_runtime_options options = TERN_RUNTIME_OPTIONS_INIT;
    options.logger.write = cli_log;
    options.max_threads = (int32_t)threads;
    *out_engine = NULL;
    if (tern_runtime_create(&options, out_runtime) != TERN_OK ||
        tern_engine_load_file(*out_runtime, path, out_engine) != TERN_OK) {
        return cli_fail(command);
    }
    return CLI_OK;
}
