import { type Paint, renderTable } from './terminal-text.ts';

/** What the server says became of one request. */
export interface IngestAnswer {
  readonly accepted: number;
  readonly dead_lettered: number;
  readonly rejected: readonly {
    readonly position: number;
    readonly reason: string;
    readonly detail: string;
  }[];
  readonly formats: Readonly<Record<string, number>>;
}

interface RejectedExample {
  readonly position: string;
  readonly detail: string;
}

const examplesPerReason = 3;

/** Adds up what became of many requests. */
export class IngestReport {
  accepted = 0;
  deadLettered = 0;
  readonly formats = new Map<string, number>();
  readonly reasons = new Map<string, { count: number; readonly examples: RejectedExample[] }>();

  /** @param positionOf where the record of this index in the request came from */
  add(answer: IngestAnswer, positionOf: (index: number) => string): void {
    this.accepted += answer.accepted;
    this.deadLettered += answer.dead_lettered;
    for (const [format, count] of Object.entries(answer.formats)) {
      this.formats.set(format, (this.formats.get(format) ?? 0) + count);
    }
    for (const { position, reason, detail } of answer.rejected) {
      this.#reject(reason, 1, { position: positionOf(position), detail });
    }
    const unnamed = answer.dead_lettered - answer.rejected.length;
    if (unnamed > 0) this.#reject('not listed', unnamed);
  }

  /** A record that was not sent, because the server takes none of its size. */
  addTooLarge(position: string, bytes: number): void {
    this.deadLettered += 1;
    this.#reject('too_large', 1, {
      position,
      detail: `not sent: ${bytes} bytes are more than the server takes`,
    });
  }

  #reject(reason: string, count: number, example?: RejectedExample): void {
    const known = this.reasons.get(reason) ?? { count: 0, examples: [] };
    known.count += count;
    if (example !== undefined && known.examples.length < examplesPerReason) known.examples.push(example);
    this.reasons.set(reason, known);
  }

  toJson(): object {
    return {
      accepted: this.accepted,
      dead_lettered: this.deadLettered,
      formats: Object.fromEntries(this.formats),
      reasons: Object.fromEntries(this.reasons),
    };
  }

  render(paint: Paint): string {
    const events = [...this.formats].sort((one, other) => other[1] - one[1]);
    const total = this.accepted + this.deadLettered;
    const share = (count: number): string => `${((100 * count) / Math.max(1, total)).toFixed(1)} %`;
    const parts = [
      renderTable(
        [{ title: 'FORMAT' }, { title: 'EVENTS', align: 'right' }, { title: 'SHARE', align: 'right' }],
        [
          ...events.map(([format, count]) => [format, String(count), share(count)]),
          ['(unreadable)', String(this.deadLettered), share(this.deadLettered)],
        ].filter((row) => row[1] !== '0'),
        paint,
      ),
    ];
    if (this.reasons.size > 0) {
      const rows = [...this.reasons].flatMap(([reason, { count, examples }]) => [
        [reason, String(count), examples[0]?.position ?? '', examples[0]?.detail ?? ''],
        ...examples.slice(1).map(({ position, detail }) => ['', '', position, detail]),
      ]);
      parts.push(
        renderTable(
          [
            { title: 'DEAD LETTERS' },
            { title: 'RECORDS', align: 'right' },
            { title: 'FIRST AT' },
            { title: 'WHY', maxWidth: 100 },
          ],
          rows,
          paint,
        ),
      );
    }
    return parts.join('\n');
  }
}
