/** One part of a form; `filename` makes it a file. */
export interface FormPart {
  readonly name: string;
  readonly filename?: string;
  readonly type?: string;
  readonly content: string | Uint8Array;
}

export const boundary = 'x-boundary-of-the-tests';
export const formType = `multipart/form-data; boundary=${boundary}`;

/** A multipart body, written by hand so that tests can break it. Names are put in as they are. */
export function formOf(parts: readonly FormPart[]): Buffer {
  const chunks: Uint8Array[] = [];
  for (const { name, filename, type = 'audio/mpeg', content } of parts) {
    const file = filename === undefined ? '' : `; filename="${filename}"`;
    const kind = filename === undefined ? '' : `Content-Type: ${type}\r\n`;
    chunks.push(
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n${kind}\r\n`),
      Buffer.from(content),
      Buffer.from('\r\n'),
    );
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
  return Buffer.concat(chunks);
}
