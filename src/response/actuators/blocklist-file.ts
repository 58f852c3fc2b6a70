import { parseHostAddress } from './address.ts';

/** One line a host: `192.0.2.7 # until 2026-01-31T12:00:00.000Z`. Firewalls that read lists skip the comment. */
export function formatBlocklist(leases: ReadonlyMap<string, number>): string {
  let text = '';
  for (const [address, untilMs] of leases) text += `${address} # until ${new Date(untilMs).toISOString()}\n`;
  return text;
}

export interface ParsedBlocklist {
  /** Canonical address to the end of its lease, milliseconds since the epoch. */
  readonly leases: ReadonlyMap<string, number>;
  /** Numbers of the lines that are neither empty nor of our form, from 1. */
  readonly unreadableLines: readonly number[];
}

export function parseBlocklist(text: string): ParsedBlocklist {
  const leases = new Map<string, number>();
  const unreadableLines: number[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [, target = '', until = ''] = /^(\S+) # until (\S+)\s*$/.exec(line) ?? [];
    const host = parseHostAddress(target);
    const untilMs = Date.parse(until);
    if (host.kind === 'host' && !Number.isNaN(untilMs)) leases.set(host.address, untilMs);
    else unreadableLines.push(index + 1);
  }
  return { leases, unreadableLines };
}
