import { randomInt } from 'node:crypto';
import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { SecurityEvent } from '../../contracts/security-event.ts';
import { type ApiClient, clientFor, withClientOptions } from '../api-client.ts';
import { type Attack, type AttackOptions, attackEvents } from '../attacks/attack.ts';
import { attacks } from '../attacks/attacks.ts';
import { type CommandOptions, integerBetween, optionsOf, positiveNumber } from '../command-options.ts';
import { type IngestRecord, sendBatch } from '../ingest-client.ts';
import { IngestReport } from '../ingest-report.ts';
import type { CliDependencies } from '../ports.ts';
import { createPaint } from '../terminal-text.ts';

const batchRecords = 500;
const attempts = 8;
/** Addresses that RFC 5737 keeps for examples, so that nobody is blamed. */
const defaultSource = '203.0.113.66';
const defaultTarget = '198.51.100.10';

export function addInjectCommand(program: Command, dependencies: CliDependencies): void {
  const inject = program
    .command('inject')
    .description('Send made-up events of an attack to the server, to see what it does about them.');

  for (const attack of attacks) {
    const command = withClientOptions(inject.command(attack.id).description(attack.title))
      .option('--source-ip <address>', `attacker (default: ${defaultSource})`, address)
      .option('--target <address>', `machine under attack (default: ${defaultTarget})`, address)
      .option('--user <name>', 'account')
      .option('--count <number>', `events (default: ${attack.defaultCount})`, integerBetween(1, 10_000_000))
      .option(
        '--rate <number>',
        'events per second, sent as time passes (default: all at once)',
        positiveNumber,
      )
      .option(
        '--seed <number>',
        'makes the same events again (default: random)',
        integerBetween(0, 4_294_967_295),
      )
      .option('--start <time>', 'time of the first event, RFC 3339 (default: so that the last is now)', time)
      .option('--print', 'print the events instead of sending them');

    command.action(async () => {
      const { stdout, stderr, clock, environment } = dependencies;
      const options = optionsOf(command);
      const rate = options.number('rate');
      const planned = planOf(attack, options, clock.now());
      if (options.flag('print')) {
        for (const event of attackEvents(attack, planned)) stdout.write(`${JSON.stringify(event)}\n`);
        return;
      }
      const client = clientFor(command, dependencies);
      const report = await send(attackEvents(attack, planned), {
        name: attack.id,
        planned,
        rate,
        client,
        dependencies,
      });
      if (options.flag('json'))
        stdout.write(`${JSON.stringify({ seed: planned.seed, ...report.toJson() })}\n`);
      else {
        stderr.write(`${attack.id}: ${report.accepted} events sent (seed ${planned.seed}).\n`);
        if (report.deadLettered > 0) stdout.write(report.render(createPaint(stdout, environment)));
      }
    });
  }
}

function planOf(attack: Attack, options: CommandOptions, nowMs: number): AttackOptions {
  const rate = options.number('rate');
  const count = options.number('count') ?? attack.defaultCount;
  const spacingMs = rate === null ? attack.defaultSpacingMs : 1_000 / rate;
  const lengthMs = rate === null ? (count - 1) * spacingMs : 0;
  return {
    sourceIp: options.text('sourceIp') ?? defaultSource,
    target: options.text('target') ?? defaultTarget,
    user: options.text('user'),
    count,
    seed: options.number('seed') ?? randomInt(4_294_967_296),
    startMs: options.number('start') ?? nowMs - lengthMs,
    spacingMs,
  };
}

interface Sending {
  readonly name: string;
  readonly planned: AttackOptions;
  /** Events per second; null: as fast as the server takes them. */
  readonly rate: number | null;
  readonly client: ApiClient;
  readonly dependencies: CliDependencies;
}

async function send(events: Iterable<SecurityEvent>, sending: Sending): Promise<IngestReport> {
  const { name, planned, rate, client } = sending;
  const { clock, signal } = sending.dependencies;
  const report = new IngestReport();
  const startedAt = clock.now();
  const size = rate === null ? batchRecords : Math.max(1, Math.min(batchRecords, Math.round(rate / 10)));
  let records: IngestRecord[] = [];
  let sent = 0;
  const flush = async (): Promise<void> => {
    const idempotencyKey = `inject:${name}:${planned.seed}:${sent}:${startedAt}`;
    await sendBatch({ records, idempotencyKey }, report, { client, format: null, signal, attempts });
    sent += records.length;
    records = [];
    const dueMs = rate === null ? 0 : startedAt + (1_000 * sent) / rate - clock.now();
    if (dueMs > 0 && sent < planned.count) await delay(dueMs, undefined, { signal });
  };
  for (const event of events) {
    records.push({ value: Buffer.from(JSON.stringify(event)), label: event.event_id });
    if (records.length >= size) await flush();
  }
  await flush();
  return report;
}

function address(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError('Expected an IPv4 or IPv6 address.');
  return text;
}

function time(text: string): number {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds))
    throw new InvalidArgumentError('Expected a time such as 2026-01-31T12:00:00Z.');
  return milliseconds;
}
