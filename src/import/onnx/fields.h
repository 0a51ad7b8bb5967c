/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers of onnx.proto's fields that more than one file looks at.
 */
#ifndef TERN_IMPORT_ONNX_FIELDS_H
#define TERN_IMPORT_ONNX_FIELDS_H

/* TensorProto: dims data_type segment float_data int32_data string_data int64_data name raw_data
 * double_data uint64_data doc_string external_data data_location - metadata_props */
#define TERN_ONNX_TENSOR_SCHEMA ".VvbFVbVbbDVbbv.b"

enum {
    TERN_ONNX_FLOAT_DATA = 4,
    TERN_ONNX_INT32_DATA = 5,
    TERN_ONNX_STRING_DATA = 6,
    TERN_ONNX_INT64_DATA = 7,
    TERN_ONNX_RAW_DATA = 9,
    TERN_ONNX_DOUBLE_DATA = 10,
    TERN_ONNX_UINT64_DATA = 11
};

#endif
