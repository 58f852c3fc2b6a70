import { messageOf, VerticeError } from '../errors.ts';

/** Primary result codes of SQLite that mean something to an operator. https://www.sqlite.org/rescode.html */
const perm = 3;
const busy = 5;
const locked = 6;
const readOnly = 8;
const ioError = 10;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const notADatabase = 26;

/** The result code of an error of node:sqlite, without its extended part; 0 for any other error. */
function resultCode(error: unknown): number {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return 0;
  return error.errcode & 0xff;
}

/** What an operator needs to know about an error of SQLite on this file. */
export function sqliteError(cause: unknown, file: string): VerticeError {
  const facts = { file, result_code: resultCode(cause) };
  const unavailable = (message: string, isRetryable: boolean) =>
    new VerticeError('VTC_STORE_UNAVAILABLE', message, { cause, isRetryable, facts });
  switch (facts.result_code) {
    case busy:
    case locked:
      return unavailable(
        `The database ${file} is locked by another process: stop it, or give each process its own data_dir.`,
        true,
      );
    case full:
      return unavailable(
        `No room left for the database ${file}: free space on its disk. Writing goes on then.`,
        true,
      );
    case ioError:
      return unavailable(`The disk failed under the database ${file}: look at the system's log.`, true);
    case perm:
    case readOnly:
    case cannotOpen:
      return unavailable(
        `The database ${file} cannot be written: give the user that runs Vértice the right to write the file and its folder, and see that the disk is not mounted read-only.`,
        false,
      );
    case corrupt:
    case notADatabase:
      return new VerticeError(
        'VTC_STORE_FAILED',
        `The database ${file} is damaged or no SQLite database: restore it from a backup, or move it (with its -wal and -shm files) away to start with an empty one.`,
        { cause, facts },
      );
    default:
      return new VerticeError(
        'VTC_STORE_FAILED',
        `The database ${file} refused a statement: ${messageOf(cause)}.`,
        { cause, facts },
      );
  }
}
