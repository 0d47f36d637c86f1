import type { RecordId } from '#core/library/record.ts';

/** Exports of one or many results. */
export function ExportDialog(_props: { readonly records: readonly RecordId[] }) {
  return null;
}
