/**
 * Of how many rows the rows of a step must be a multiple. `MatMulNBits` multiplies rows in pairs and a last odd row with another kernel, whose
 * sums round differently: in pairs a candidate's numbers do not depend on its batch. Every other operator of our graphs gives a row the same numbers
 * in any batch, products of integers among them (main/engine/README.md).
 * @param model the bytes of an ONNX file: names of operators stand in it as they are, before the weights
 */
export function rowMultipleOf(model: Uint8Array): 1 | 2 {
  return Buffer.from(model.buffer, model.byteOffset, model.byteLength).includes('MatMulNBits') ? 2 : 1
}
