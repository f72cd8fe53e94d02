import { TensorProto_DataType } from 'onnx-buf'

import type { ElementType } from './tensor.ts'

/** The numbers onnx.proto gives the element types that packs use. */
export const dataTypes = {
  float32: TensorProto_DataType.FLOAT,
  float16: TensorProto_DataType.FLOAT16,
  int64: TensorProto_DataType.INT64,
  int32: TensorProto_DataType.INT32,
  uint8: TensorProto_DataType.UINT8,
  int8: TensorProto_DataType.INT8,
  bool: TensorProto_DataType.BOOL,
} as const satisfies Record<ElementType, TensorProto_DataType>
