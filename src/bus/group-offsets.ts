import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { VerticeError } from '../errors.ts';
import { readFileIfPresent, replaceFile } from './durable-file.ts';

/** What one group has committed in one topic. A committed offset never goes back. */
export interface GroupOffsets {
  /** What a crash would leave: the committed offset, or null when the group committed nothing there. */
  durable(partition: number): number | null;
  /** Resolves when the offset is durable. Calls that come while one is being written share the next write. */
  commit(partition: number, nextOffset: number): Promise<void>;
}

const Stored = Compile(
  Type.Object({ committed: Type.Array(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()])) }),
);

/**
 * Opens the offsets of a group, and makes the group known (with nothing committed) when the file is new.
 *
 * @param ends end of the log of each partition; a committed offset beyond it is cut back, since the records it
 *   spoke of are gone and new ones will take their offsets
 */
export async function openGroupOffsets(
  path: string,
  ends: readonly number[],
  onCutBack: (partition: number, committed: number, end: number) => void,
): Promise<GroupOffsets> {
  const text = await readFileIfPresent(path);
  const stored = text === null ? [] : parse(path, text);
  const wanted = ends.map((end, partition) => {
    const committed = stored[partition] ?? null;
    if (committed === null || committed <= end) return committed;
    onCutBack(partition, committed, end);
    return end;
  });
  let durable = [...wanted];
  let saving: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  async function save(): Promise<void> {
    const snapshot = [...wanted];
    await replaceFile(path, JSON.stringify({ committed: snapshot }));
    durable = snapshot;
  }

  function saveSoon(): Promise<void> {
    if (saving === null) {
      saving = save().finally(() => {
        saving = null;
      });
      return saving;
    }
    next ??= saving
      .catch(() => undefined)
      .then(() => {
        next = null;
        return saveSoon();
      });
    return next;
  }

  if (text === null) await save();
  return {
    durable: (partition) => durable[partition] ?? null,
    async commit(partition, nextOffset) {
      if (nextOffset > (wanted[partition] ?? -1)) wanted[partition] = nextOffset;
      while ((durable[partition] ?? -1) < nextOffset) await saveSoon();
    },
  };
}

function parse(path: string, text: string): readonly (number | null)[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Stored.Check(value)) return value.committed;
  } catch {
    // Falls through to the one answer for every kind of damage.
  }
  throw new VerticeError(
    'VTC_BUS_CORRUPT',
    `${path}: expected {"committed": [offset or null, …]}; restore the file, or remove it to have the group ` +
      'start again at the oldest record',
    { facts: { file: path } },
  );
}
