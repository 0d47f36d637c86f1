/** Reads RFC 4180 strictly, as a check of what is written: quotes only around whole cells, every line ended by CR LF. */
export function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let at = 0;
  while (at < text.length) {
    const row: string[] = [];
    for (;;) {
      let cell = '';
      if (text[at] === '"') {
        at++;
        for (;;) {
          if (at >= text.length) throw new Error('a quoted cell without end');
          if (text[at] === '"' && text[at + 1] === '"') {
            cell += '"';
            at += 2;
          } else if (text[at] === '"') {
            at++;
            break;
          } else cell += text[at++];
        }
      } else {
        while (at < text.length && text[at] !== ',' && text[at] !== '\r') {
          if (text[at] === '"' || text[at] === '\n') throw new Error(`a bare ${JSON.stringify(text[at])}`);
          cell += text[at++];
        }
      }
      row.push(cell);
      if (text[at] === ',') at++;
      else if (text.startsWith('\r\n', at)) {
        at += 2;
        break;
      } else throw new Error(`a cell that ends with ${JSON.stringify(text[at])}`);
    }
    rows.push(row);
  }
  return rows;
}
