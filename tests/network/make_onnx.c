/* SPDX-License-Identifier: Apache-2.0 */
/* make_onnx <folder>: the models of models.h as files, for cli_onnx.sh. */
#include <stdio.h>
#include <stdlib.h>

#include "models.h"

static void save(const char *folder, const char *name, const void *data, size_t size)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(data, 1, size, f) != size || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

static void save_model(const char *folder, const char *name, proto *p)
{
    save(folder, name, p->at, p->len);
    proto_free(p);
}

int main(int argc, char **argv)
{
    static const float w[3] = {1, -1, 2};
    if (argc != 2) {
        fprintf(stderr, "usage: make_onnx FOLDER\n");
        return 2;
    }
    proto p;
    model_small(&p, false);
    save_model(argv[1], "small.onnx", &p);
    model_small(&p, true);
    save_model(argv[1], "external.onnx", &p);
    save(argv[1], "w.bin", w, sizeof w);
    model_varying(&p);
    save_model(argv[1], "varying.onnx", &p);
    model_broken(&p);
    save_model(argv[1], "broken.onnx", &p);
    return 0;
}
