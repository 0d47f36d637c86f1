/** Bounded reading of untrusted bytes: every read outside the file gives 0, every caller checks lengths it relies on. */
export class ByteView {
  readonly length: number;
  private readonly view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.length = bytes.length;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private has(offset: number, count: number): boolean {
    return offset >= 0 && offset + count <= this.length;
  }

  u8(offset: number): number {
    return this.has(offset, 1) ? this.view.getUint8(offset) : 0;
  }
  u16(offset: number, littleEndian = false): number {
    return this.has(offset, 2) ? this.view.getUint16(offset, littleEndian) : 0;
  }
  u32(offset: number, littleEndian = false): number {
    return this.has(offset, 4) ? this.view.getUint32(offset, littleEndian) : 0;
  }
  /** Exact up to 2^53; larger values lose their last bits, which no length of a real file has. */
  u64(offset: number, littleEndian = false): number {
    if (!this.has(offset, 8)) return 0;
    const high = this.view.getUint32(offset + (littleEndian ? 4 : 0), littleEndian);
    const low = this.view.getUint32(offset + (littleEndian ? 0 : 4), littleEndian);
    return high * 2 ** 32 + low;
  }
  f32(offset: number): number {
    return this.has(offset, 4) ? this.view.getFloat32(offset) : 0;
  }
  f64(offset: number): number {
    return this.has(offset, 8) ? this.view.getFloat64(offset) : 0;
  }
  /** True where these Latin-1 characters stand at `offset`. */
  is(offset: number, text: string): boolean {
    if (!this.has(offset, text.length)) return false;
    for (let i = 0; i < text.length; i++) if (this.bytes[offset + i] !== text.charCodeAt(i)) return false;
    return true;
  }
  /** Latin-1 text, cut at the end of the file. */
  text(offset: number, count: number): string {
    return String.fromCharCode(...this.bytes.subarray(Math.max(0, offset), Math.max(0, offset) + count));
  }
}
