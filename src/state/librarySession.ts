import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import { keptRecord } from '#core/library/merging.ts';
import {
  recordIdOf,
  type LibraryRecord,
  type LibraryRow,
  type RecordId,
  type Review,
} from '#core/library/record.ts';
import { rowOf } from '#core/library/row.ts';
import type { FrontEnd, ModelManifest } from '#core/model/manifest.ts';
import type { Clock, PreparedTrack } from '#core/pipeline/ports.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { err, type Result } from '#core/result.ts';
import type { LibraryChange, LibraryPort, LibraryStore } from '#state/library.ts';
import type { ThumbnailPort } from '#state/ports.ts';

/**
 * Keeps the rows of the store in step with the library of the host. Changes show at once and are stored behind; where
 * storing fails the host keeps them in memory, and `failure` says why.
 */
export interface LibrarySession {
  /** Opens the library, once; later calls wait for the same opening. */
  open(): Promise<void>;
  /**
   * What the library has of this sound under this model, if it can stand for a new analysis: same sound, same weights,
   * same front end and temperature. Null otherwise. (Older shapes of report come out of storage as today's.)
   */
  known(audioSha256: string, manifest: ModelManifest): Promise<AnalysisReport | null>;
  /** Adds a result; its small picture follows when there is time. */
  keep(report: AnalysisReport, prepared: PreparedTrack | null): Promise<void>;
  setReviews(reviews: readonly { readonly id: RecordId; readonly review: Review }[]): Promise<void>;
  /** Null where it is not there any more. */
  record(id: RecordId): Promise<LibraryRecord | null>;
  records(ids: readonly RecordId[]): Promise<readonly LibraryRecord[]>;
  put(records: readonly LibraryRecord[]): Promise<void>;
  remove(ids: readonly RecordId[]): Promise<void>;
  /** True while something that is shown is not stored yet. */
  isStoring(): boolean;
}

export interface LibrarySessionParts {
  readonly store: LibraryStore;
  readonly library: LibraryPort;
  readonly thumbnails: ThumbnailPort;
  readonly clock: Clock;
}

export function createLibrarySession({
  store,
  library,
  thumbnails,
  clock,
}: LibrarySessionParts): LibrarySession {
  let opening: Promise<void> | null = null;

  const change = ({ put, removed }: LibraryChange): void => {
    if (put.length === 0 && removed.length === 0) return;
    store.setState((state) => {
      const rows = new Map(state.rows);
      for (const row of put) rows.set(row.id, row);
      for (const id of removed) rows.delete(id);
      return { rows, revision: state.revision + 1 };
    });
  };

  /** Own writes under way, by id. What storage says of these meanwhile is already old: it waits for the last of them. */
  const underWay = new Map<RecordId, number>();
  const late = new Map<RecordId, LibraryRow | null>();
  const isLate = (id: RecordId): boolean => underWay.has(id);
  library.onChange(({ put, removed }) => {
    for (const row of put) if (isLate(row.id)) late.set(row.id, row);
    for (const id of removed) if (isLate(id)) late.set(id, null);
    change({
      put: put.filter((row) => !isLate(row.id)),
      removed: removed.filter((id) => !isLate(id)),
    });
  });

  /** The failure is shown until it is dismissed; a later success does not undo that something is not stored. */
  const note = (error: AnalysisError): void => store.setState({ failure: error });
  const write = async (
    ids: readonly RecordId[],
    work: () => Promise<Result<unknown, AnalysisError>>,
  ): Promise<void> => {
    for (const id of ids) underWay.set(id, (underWay.get(id) ?? 0) + 1);
    const result = await guarded(work());
    const put: LibraryRow[] = [];
    const removed: RecordId[] = [];
    for (const id of ids) {
      const others = (underWay.get(id) ?? 1) - 1;
      if (others > 0) {
        underWay.set(id, others);
        continue;
      }
      underWay.delete(id);
      const row = late.get(id);
      late.delete(id);
      if (row === null) removed.push(id);
      else if (row !== undefined) put.push(row);
    }
    change({ put, removed });
    if (!result.ok) note(result.error);
  };

  const open = async (): Promise<void> => {
    const opened = await guarded(library.open());
    if (!opened.ok) {
      store.setState({ phase: { kind: 'failed', error: opened.error }, failure: opened.error });
      return;
    }
    const { keeping, rows, problem } = opened.value;
    store.setState((state) => ({
      phase: { kind: 'ready', keeping },
      // What was kept while the library was opening is newer than what was read.
      rows: new Map([...rows.map((row): [RecordId, LibraryRow] => [row.id, row]), ...state.rows]),
      revision: state.revision + 1,
      failure: problem ?? state.failure,
    }));
  };

  const session: LibrarySession = {
    open: () => (opening ??= open()),
    isStoring: () => underWay.size > 0,

    known: async (audioSha256, manifest) => {
      const id = recordIdOf({
        file: { sha256: audioSha256 },
        model: { sha256: manifest.weights.sha256 },
      } as AnalysisReport);
      const found = await guarded(library.record(id));
      if (!found.ok || found.value === null) return null;
      const { report } = found.value;
      const same =
        report.file.sha256 === audioSha256 &&
        report.model.id === manifest.id &&
        report.model.version === manifest.version &&
        report.model.sha256 === manifest.weights.sha256 &&
        report.model.temperature === manifest.temperature &&
        sameFrontEnd(report.model.frontEnd, manifest.frontEnd);
      return same ? report : null;
    },

    keep: async (report, prepared) => {
      const addedAt = clock.isoDate();
      const id = recordIdOf(report);
      const existing = store.getState().rows.get(id);
      const record = keptRecord(report, addedAt, null);
      const row = rowOf(record);
      change({
        put: [
          existing === undefined
            ? row
            : {
                ...row,
                review: existing.review,
                addedAt: existing.addedAt,
                hasThumbnail: existing.hasThumbnail,
              },
        ],
        removed: [],
      });
      await write([id], () => library.keep({ report, addedAt }));
      if (prepared === null) return;
      const png = await thumbnails.paint(prepared).catch(() => null);
      if (png !== null) await write([id], () => library.setThumbnail(id, png));
    },

    setReviews: async (reviews) => {
      const { rows } = store.getState();
      change({
        put: reviews.flatMap(({ id, review }) => {
          const row = rows.get(id);
          return row === undefined ? [] : [{ ...row, review }];
        }),
        removed: [],
      });
      await write(
        reviews.map(({ id }) => id),
        () => library.setReviews(reviews),
      );
    },

    record: async (id) => {
      const found = await guarded(library.record(id));
      if (!found.ok) note(found.error);
      return found.ok ? found.value : null;
    },

    records: async (ids) => {
      const found = await guarded(library.records(ids));
      if (!found.ok) note(found.error);
      return found.ok ? found.value : [];
    },

    put: async (records) => {
      change({ put: records.map(rowOf), removed: [] });
      await write(
        records.map(({ id }) => id),
        () => library.put(records),
      );
    },

    remove: async (ids) => {
      change({ put: [], removed: ids });
      await write(ids, () => library.remove(ids));
    },
  };
  return session;
}

/** A host that breaks its promise is a bug of ours; it must not cost the page its work. */
async function guarded<T>(work: Promise<Result<T, AnalysisError>>): Promise<Result<T, AnalysisError>> {
  try {
    return await work;
  } catch (thrown) {
    return err(analysisError('library-failed', thrown instanceof Error ? thrown.message : String(thrown)));
  }
}

/** Every value that the numbers depend on; the order of fields is no matter. */
function sameFrontEnd(a: FrontEnd, b: FrontEnd): boolean {
  return sorted(a) === sorted(b);
}

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
