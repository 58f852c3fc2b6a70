import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { DoorRecord } from '../../doors/door.ts';
import { type FileProgress, ingestFile } from '../../doors/file.ts';
import { VerticeError } from '../../errors.ts';
import { clientFor, withClientOptions } from '../api-client.ts';
import { optionsOf, positiveNumber } from '../command-options.ts';
import { sendBatch } from '../ingest-client.ts';
import { IngestReport } from '../ingest-report.ts';
import type { CliDependencies } from '../ports.ts';
import { createProgressBar } from '../progress-bar.ts';
import { createPaint } from '../terminal-text.ts';

/** As the server's own limit; a larger record is a dead letter there. */
const maxRecordBytes = 1_048_576;
const attempts = 20;

export function addIngestCommand(program: Command, dependencies: CliDependencies): void {
  const command = withClientOptions(
    program
      .command('ingest')
      .description('Send log files to the server: plain, gzip or zstd; a file sent twice counts once.')
      .argument('<file...>', 'files; - is standard input'),
  )
    .option('--format <format>', 'format of the records, instead of recognising it (see: vertice formats)')
    .option('--rate <number>', 'most records per second', positiveNumber);

  command.action(async () => {
    const { stdin, stdout, stderr, environment, clock, signal } = dependencies;
    const options = optionsOf(command);
    const client = clientFor(command, dependencies);
    const format = options.text('format');
    const rate = options.number('rate');
    const report = new IngestReport();
    const bar = createProgressBar(stderr, () => clock.now());
    const startedAt = clock.now();
    let bytes = 0;
    let sent = 0;

    async function accept(file: string, records: readonly DoorRecord[]): Promise<void> {
      const batch = {
        idempotencyKey: `file:${records[0]?.position}:${format ?? ''}`,
        records: records.map(({ position, ...record }) => ({
          ...record,
          label: `${nameOf(file)} byte ${offsetOf(position)}`,
        })),
      };
      await sendBatch(batch, report, { client, format, signal, attempts });
      sent += records.length;
      const dueMs = rate === null ? 0 : startedAt + (1_000 * sent) / rate - clock.now();
      if (dueMs > 0) await delay(dueMs, undefined, { signal });
    }

    try {
      for (const file of command.args) {
        const onProgress = ({ bytes: read, totalBytes }: FileProgress): void =>
          bar.show(totalBytes === null ? null : read / totalBytes, `${nameOf(file)}: ${sent} records`);
        const batchRecords = rate === null ? undefined : Math.max(1, Math.round(rate / 10));
        const result = await ingestFile(file === '-' ? stdin : file, {
          accept: (records) => accept(file, records),
          maxRecordBytes,
          onProgress,
          signal,
          ...(batchRecords === undefined ? {} : { batchRecords }),
        });
        bytes += result.bytes;
      }
    } finally {
      bar.clear();
      // What was taken before a failure stays taken: say how much.
      if (sent > 0 && !options.flag('json')) {
        const seconds = Math.max(0.001, (clock.now() - startedAt) / 1_000);
        stdout.write(report.render(createPaint(stdout, environment)));
        stderr.write(
          `${sent} records, ${bytes} bytes in ${seconds.toFixed(1)} s (${Math.round(sent / seconds)} per second).\n`,
        );
      }
    }
    if (options.flag('json'))
      stdout.write(`${JSON.stringify({ records: sent, bytes, ...report.toJson() })}\n`);
    if (report.accepted === 0) {
      throw new VerticeError('VTC_EVENT_INVALID', 'no record could be read as an event.');
    }
  });
}

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}

/** Positions end in the offset in the decompressed file. */
function offsetOf(position: string): string {
  return position.slice(position.lastIndexOf(':') + 1);
}
