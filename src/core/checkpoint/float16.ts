const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);

/** IEEE 754 binary32 bits to binary16 bits, round to nearest even; over 65519.99 becomes infinity, NaN keeps its sign. */
function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7c00 | ((magnitude >>> 13) & 0x3ff || 0x200);
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Under 2^-14: the last place of 0.5 in float32 is 2^-24, half's subnormal step, so the addition rounds as half does.
    u32[0] = magnitude;
    f32[0] = f32[0]! + 0.5;
    return sign | (u32[0] - 0x3f000000);
  }
  const odd = (magnitude >>> 13) & 1;
  return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
}

/** float32 values to binary16 bit patterns, round to nearest even. Overflow gives infinity; NaN stays NaN. Fresh array. */
export function encodeFloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) halves[i] = halfBits(bits[i]!);
  return halves;
}

/** binary16 bit patterns to float32, exact (NaN payloads kept). Fresh array. */
export function decodeFloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]!;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >>> 10) & 31;
    const mantissa = half & 0x3ff;
    if (exponent === 0) values[i] = (sign === 0 ? mantissa : -mantissa) * 2 ** -24;
    else bits[i] = sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (mantissa << 13);
  }
  return values;
}

/** bfloat16 bit patterns (the upper half of float32) to float32, exact. Fresh array. */
export function decodeBfloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return values;
}

/**
 * Elements of a dtype as float32: F32, F16 and BF16 exact, F64 rounded; undefined for the others.
 * `data` is little-endian and whole; an F32 result is a view of it.
 */
export function floatElements(dtype: string, data: ArrayBuffer): Float32Array<ArrayBuffer> | undefined {
  switch (dtype) {
    case 'F32':
      return new Float32Array(data);
    case 'F16':
      return decodeFloat16(new Uint16Array(data));
    case 'BF16':
      return decodeBfloat16(new Uint16Array(data));
    case 'F64':
      return Float32Array.from(new Float64Array(data));
    default:
      return undefined;
  }
}
