/* SPDX-License-Identifier: Apache-2.0
 *
 * tern: dispatch to the subcommands.
 */
#include "cli.h"

#include <string.h>

static const cli_command *const commands[] = {&cli_build,   &cli_run, &cli_bench,
                                              &cli_inspect, &cli_opt, &cli_ops};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void usage(FILE *to)
{
    fprintf(to, "usage: tern COMMAND [OPTIONS] ...\n\n");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        fprintf(to, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
    }
    fprintf(to, "\n`tern COMMAND --help` lists the options; `tern --version` the version.\n");
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        usage(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("tern %s\n", tern_version());
        return CLI_OK;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return CLI_OK;
    }
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], commands[i]->name) == 0) {
            return commands[i]->run(argc - 1, argv + 1);
        }
    }
    fprintf(stderr, "tern: there is no command \"%s\"; `tern --help` lists them\n", argv[1]);
    return CLI_USAGE;
}
