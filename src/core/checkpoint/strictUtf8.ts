/**
 * UTF-8 to text, strict (RFC 3629): names in a checkpoint must not change on the way.
 * Returns undefined where the bytes are not UTF-8 (overlong forms, surrogates and cut sequences included).
 */
export function decodeUtf8Strict(bytes: Uint8Array): string | undefined {
  const parts: string[] = [];
  let units: number[] = [];
  let position = 0;
  while (position < bytes.length) {
    const first = bytes[position++]!;
    let code = first;
    if (first >= 0x80) {
      const following = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
      if (first < 0xc2 || first > 0xf4 || position + following > bytes.length) return undefined;
      code = first & (0x3f >> following);
      for (let i = 0; i < following; i++) {
        const byte = bytes[position++]!;
        if ((byte & 0xc0) !== 0x80) return undefined;
        code = (code << 6) | (byte & 0x3f);
      }
      const smallest = following === 1 ? 0x80 : following === 2 ? 0x800 : 0x10000;
      if (code < smallest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
    }
    units.push(code);
    // String.fromCodePoint takes its arguments on the stack: in parts.
    if (units.length === 4096) {
      parts.push(String.fromCodePoint(...units));
      units = [];
    }
  }
  parts.push(String.fromCodePoint(...units));
  return parts.join('');
}
