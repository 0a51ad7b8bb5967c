/* SPDX-License-Identifier: Apache-2.0 */
/* onnx.proto's field numbers: model 1 ir_version, 7 graph, 8 opset; graph 1 node, 2 name,
   5 initializer, 11 input, 12 output; node 1 input, 2 output, 3 name, 4 operator, 7 domain. */
#include "models.h"

#include <string.h>

enum { FLOAT = 1 };

/* Begins the graph of a model of opset 17. */
static size_t begin(proto *p)
{
    *p = (proto){0};
    proto_number(p, 1, 8);
    const size_t opset = proto_begin(p, 8);
    proto_number(p, 2, 17);
    proto_end(p, opset);
    const size_t graph = proto_begin(p, 7);
    proto_text(p, 2, "g");
    return graph;
}

/* `extents`: "2,3" or "batch,3". */
static void add_value(proto *p, uint32_t field, const char *name, const char *extents)
{
    const size_t info = proto_begin(p, field);
    proto_text(p, 1, name);
    const size_t type = proto_begin(p, 2), tensor = proto_begin(p, 1);
    proto_number(p, 1, FLOAT);
    const size_t shape = proto_begin(p, 2);
    for (const char *at = extents; *at != '\0';) {
        const size_t length = strcspn(at, ",");
        const size_t dim = proto_begin(p, 1);
        if (*at >= '0' && *at <= '9') {
            proto_number(p, 1, *at - '0');
        } else {
            proto_bytes(p, 2, at, length);
        }
        proto_end(p, dim);
        at += length + (at[length] == ',' ? 1 : 0);
    }
    proto_end(p, shape);
    proto_end(p, tensor);
    proto_end(p, type);
    proto_end(p, info);
}

typedef struct node {
    const char *name, *op, *domain, *x0, *x1, *y;
} node;

static void add_node(proto *p, const node *n)
{
    const size_t at = proto_begin(p, 1);
    proto_text(p, 1, n->x0);
    if (n->x1 != NULL) {
        proto_text(p, 1, n->x1);
    }
    proto_text(p, 2, n->y);
    proto_text(p, 3, n->name);
    proto_text(p, 4, n->op);
    if (n->domain != NULL) {
        proto_text(p, 7, n->domain);
    }
    proto_end(p, at);
}

static void add_entry(proto *p, const char *key, const char *value)
{
    const size_t entry = proto_begin(p, 13);
    proto_text(p, 1, key);
    proto_text(p, 2, value);
    proto_end(p, entry);
}

void model_small(proto *p, bool external)
{
    static const float w[3] = {1, -1, 2};
    const size_t graph = begin(p);
    add_node(p, &(node){"times", "Mul", NULL, "x", "w", "t"});
    add_node(p, &(node){"cut", "Relu", NULL, "t", NULL, "y"});
    const size_t tensor = proto_begin(p, 5);
    proto_number(p, 1, 3);
    proto_number(p, 2, FLOAT);
    proto_text(p, 8, "w");
    if (external) {
        add_entry(p, "location", "w.bin");
        proto_number(p, 14, 1);
    } else {
        proto_bytes(p, 9, w, sizeof w);
    }
    proto_end(p, tensor);
    add_value(p, 11, "x", "2,3");
    add_value(p, 12, "y", "2,3");
    proto_end(p, graph);
}

void model_varying(proto *p)
{
    const size_t graph = begin(p);
    add_node(p, &(node){"", "Relu", NULL, "x", NULL, "y"});
    add_node(p, &(node){"", "Add", NULL, "mask", "mask", "z"});
    add_value(p, 11, "x", "batch,3,h,w");
    add_value(p, 11, "mask", "batch,1,h,h");
    add_value(p, 12, "y", "batch,3,h,w");
    add_value(p, 12, "z", "batch,1,h,h");
    proto_end(p, graph);
}

void model_broken(proto *p)
{
    const size_t graph = begin(p);
    add_node(p, &(node){"fine", "Relu", NULL, "x", NULL, "t"});
    add_node(p, &(node){"first", "Nonsense", NULL, "t", NULL, "u"});
    add_node(p, &(node){"", "Other", "far", "t", NULL, "v"});
    add_node(p, &(node){"fine too", "Neg", NULL, "t", NULL, "z"});
    add_value(p, 11, "x", "2,3");
    add_value(p, 12, "u", "2,3");
    add_value(p, 12, "v", "2,3");
    add_value(p, 12, "z", "2,3");
    proto_end(p, graph);
}
