import { Worker } from 'node:worker_threads';
import { VerticeError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { Database, Step } from './database.ts';
import { openSqliteForReading } from './sqlite-connection.ts';
import { sqliteError } from './sqlite-errors.ts';
import { fromPortable, type WriterReply, type WriterRequest } from './sqlite-writer.ts';
import { closedError, createWriteQueue, type WriteOutcome } from './write-queue.ts';

/** The writing thread, seen from here: one request at a time. */
interface Writer {
  /** The reply that comes without being asked for: whether the file could be opened. */
  readonly opened: Promise<WriterReply>;
  ask(request: WriterRequest): Promise<WriterReply>;
}

function startWriter(file: string): Writer {
  const worker = new Worker(new URL('./sqlite-writer-thread.ts', import.meta.url), {
    workerData: file,
    name: 'store-writer',
    // Flags of the main thread (a loader, an --input-type) are not meant for this one.
    execArgv: [],
  });
  let awaited = Promise.withResolvers<WriterReply>();
  let death: VerticeError | null = null;
  worker.on('message', (reply: WriterReply) => {
    if (reply.kind === 'failed') awaited.reject(fromPortable(reply.error));
    else awaited.resolve(reply);
  });
  worker.on('error', (cause) => {
    death = new VerticeError(
      'VTC_STORE_UNAVAILABLE',
      `The thread that writes the database ${file} has died: restart the process.`,
      { cause, facts: { file } },
    );
    awaited.reject(death);
  });
  return {
    opened: awaited.promise,
    ask(request) {
      if (death !== null) return Promise.reject(death);
      awaited = Promise.withResolvers();
      worker.postMessage(request);
      return awaited.promise;
    },
  };
}

async function commitThrough(
  writer: Writer,
  group: readonly (readonly Step[])[],
): Promise<readonly WriteOutcome[]> {
  const reply = await writer.ask(
    group.map((steps) =>
      steps.map(({ statement, rows, orElse }) => ({
        sql: statement.one,
        rows,
        mustChange: orElse !== undefined,
      })),
    ),
  );
  if (reply.kind !== 'outcomes') throw closedError();
  return reply.outcomes.map((outcome) =>
    outcome.kind === 'failed' ? { kind: 'failed', error: fromPortable(outcome.error) } : outcome,
  );
}

/**
 * The embedded database: one file. Writes and their fsyncs happen on a thread of their own, so that the
 * event loop never waits for the disk; reads are answered here, mostly from the page cache.
 */
export async function openSqlite(options: { readonly file: string; readonly log: Log }): Promise<Database> {
  const { file, log } = options;
  const writer = startWriter(file);
  const opened = await writer.opened;
  if (opened.kind === 'ready') {
    for (const { number, name } of opened.applied)
      log.info('database schema migrated', { file, number, name });
  }
  const reader = openSqliteForReading(file);
  const queue = createWriteQueue((group) => commitThrough(writer, group));
  let closing: Promise<void> | null = null;

  async function close(): Promise<void> {
    await queue.close();
    // The last connection to close folds the write-ahead log into the file, and only the writer may do it.
    reader.database.close();
    await writer.ask('close');
  }

  return {
    async query(sql, values) {
      if (closing !== null) throw closedError();
      try {
        return reader.all(sql, values);
      } catch (error) {
        throw sqliteError(error, file);
      }
    },
    write: (steps) => queue.write(steps),
    close() {
      closing ??= close();
      return closing;
    },
  };
}
