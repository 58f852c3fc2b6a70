import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { DoorRecord } from '../../doors/door.ts';
import { createPatientAccept } from '../../doors/patient-accept.ts';
import { startTail } from '../../doors/tail.ts';
import { messageOf } from '../../errors.ts';
import { type Log, silentLog } from '../../observability/log.ts';
import { untilAborted } from '../../until-aborted.ts';
import { clientFor, withClientOptions } from '../api-client.ts';
import { openCheckpointFile } from '../checkpoint-file.ts';
import { optionsOf } from '../command-options.ts';
import { sendBatch } from '../ingest-client.ts';
import { IngestReport } from '../ingest-report.ts';
import type { CliDependencies } from '../ports.ts';

const maxRecordBytes = 1_048_576;
/** Keeps a request below what the server takes. */
const batchRecords = 2_000;
const defaultState = '.vertice-tail.json';

export function addTailCommand(program: Command, dependencies: CliDependencies): void {
  const command = withClientOptions(
    program
      .command('tail')
      .description('Follow log files and send what is written to them, through rotation and restarts.')
      .argument('<file...>'),
  )
    .option('--state <file>', `where to remember how far it got (default: ${defaultState} in this folder)`)
    .option('--format <format>', 'format of the records, instead of recognising it (see: vertice formats)')
    .option('--from-end', 'begin at the end of a file that was never followed before');

  command.action(async () => {
    const { stdout, stderr, signal } = dependencies;
    const options = optionsOf(command);
    const client = clientFor(command, dependencies);
    const format = options.text('format');
    const checkpoints = await openCheckpointFile(resolve(options.text('state') ?? defaultState));
    const report = new IngestReport();
    const log: Log = {
      ...silentLog,
      warn: (message, fields) => void stderr.write(`warning: ${message} ${JSON.stringify(fields ?? {})}\n`),
    };

    async function send(records: readonly DoorRecord[]): Promise<void> {
      for (let start = 0; start < records.length; start += batchRecords) {
        const batch = records.slice(start, start + batchRecords);
        const idempotencyKey = `tail:${batch[0]?.position}:${format ?? ''}`;
        const labelled = batch.map(({ position, ...record }) => ({ ...record, label: position }));
        await sendBatch({ records: labelled, idempotencyKey }, report, {
          client,
          format,
          signal,
          attempts: 1,
        });
      }
    }

    const failed = Promise.withResolvers<never>();
    const tail = startTail({
      paths: command.args.map((path) => resolve(path)),
      accept: createPatientAccept(send, { log, signal }),
      checkpoints,
      startAt: options.flag('fromEnd') ? 'end' : 'beginning',
      maxRecordBytes,
      log,
      count: () => {},
      onFailed: (path, error) =>
        failed.reject(new Error(`${path} cannot be followed: ${messageOf(error)}`, { cause: error })),
    });
    try {
      await Promise.race([failed.promise, untilAborted(signal)]);
    } finally {
      await tail.close();
      if (options.flag('json')) stdout.write(`${JSON.stringify(report.toJson())}\n`);
      else
        stderr.write(`${report.accepted} events sent, ${report.deadLettered} records could not be read.\n`);
    }
  });
}
