import { describe, expect, it, vi } from 'vitest';
import type { ApiKey } from '../store/store.ts';
import { runLine } from './cli-workbench.ts';

const key: ApiKey = {
  keyId: 'abc',
  name: 'console',
  role: 'operator',
  createdAt: '2026-01-31T12:00:00.000Z',
  revokedAt: null,
};
const answered = {
  key_id: 'abc',
  name: 'console',
  role: 'operator',
  created_at: key.createdAt,
  revoked_at: null,
};
const defaults = { configFile: null, settings: {} };

describe('commands that run the server in this process', () => {
  it('start passes on configuration, settings and files to follow', async () => {
    const start = vi.fn(async () => {});
    const args =
      'start --config c.yaml --data-dir d --host ::1 --port 0 --dry-run --set a.b=c=d --tail x.log --tail y.log';
    expect((await runLine(args.split(' '), { server: { start } })).code).toBe(0);
    expect(start).toHaveBeenCalledWith({
      configFile: 'c.yaml',
      settings: {
        data_dir: 'd',
        'api.host': '::1',
        'api.port': '0',
        'response.dry_run': 'true',
        'a.b': 'c=d',
      },
      tail: ['x.log', 'y.log'],
    });
  });

  it('refuses --set without a value', async () => {
    expect(await runLine(['start', '--set', 'nonsense'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--set name=value'),
    });
  });

  it('demo passes on how it is to run', async () => {
    const demo = vi.fn(async () => {});
    await runLine(['demo'], { server: { demo } });
    await runLine(['demo', '--live', '--speed', '2.5', '--stay'], { server: { demo } });
    expect(demo.mock.calls).toEqual([
      [{ ...defaults, live: false, speed: 2, stay: false }],
      [{ ...defaults, live: true, speed: 2.5, stay: true }],
    ]);
  });

  it('bench prints figures', async () => {
    const bench = vi.fn(async () => [
      { name: 'throughput', value: 123_456.7, unit: 'events/s' },
      { name: 'latency p99', value: 1.234, unit: 'ms' },
    ]);
    const table = await runLine(['bench'], { server: { bench } });
    expect(table.stdout).toMatch(/throughput +123,457 +events\/s\nlatency p99 +1\.23 +ms/);
    const json = await runLine(['bench', '--events', '500', '--json'], { server: { bench } });
    expect(JSON.parse(json.stdout).figures).toHaveLength(2);
    expect(bench.mock.calls).toEqual([[{ events: 100_000 }], [{ events: 500 }]]);
  });

  it('config check prints what is in effect', async () => {
    const configCheck = vi.fn(async () => [{ name: 'api.port', value: '8787', from: 'default' as const }]);
    expect((await runLine(['config', 'check'], { server: { configCheck } })).stdout).toMatch(
      /api\.port +8787 +default/,
    );
    const json = await runLine(['config', 'check', '--json'], { server: { configCheck } });
    expect(JSON.parse(json.stdout).items).toEqual([{ name: 'api.port', value: '8787', from: 'default' }]);
  });

  it('keys makes, lists and revokes', async () => {
    const keysAdd = vi.fn(async () => ({ key, secret: 'vk_abc_secret' }));
    const keysList = vi.fn(async () => [key, { ...key, keyId: 'old', revokedAt: key.createdAt }]);
    const keysRevoke = vi.fn(async (_options: unknown, keyId: string) => keyId === 'abc');
    const server = { keysAdd, keysList, keysRevoke };

    const added = await runLine(['keys', 'add', 'console', '--role', 'operator'], { server });
    expect(added.stdout).toBe('vk_abc_secret\n');
    expect(keysAdd).toHaveBeenCalledWith(defaults, { name: 'console', role: 'operator' });
    expect(JSON.parse((await runLine(['keys', 'add', 'console', '--json'], { server })).stdout)).toEqual({
      key: answered,
      secret: 'vk_abc_secret',
    });
    expect(keysAdd).toHaveBeenLastCalledWith(defaults, { name: 'console', role: 'viewer' });

    const listed = await runLine(['keys', 'list'], { server });
    expect(listed.stdout).toMatch(/abc +console +operator +2026-01-31T12:00:00\.000Z +-\nold .*Z\n/);
    expect(JSON.parse((await runLine(['keys', 'list', '--json'], { server })).stdout).items[0]).toEqual(
      answered,
    );
    expect((await runLine(['keys', 'list'], { server: { keysList: async () => [] } })).stdout).toBe(
      'No keys.\n',
    );

    expect((await runLine(['keys', 'revoke', 'abc'], { server })).stdout).toBe('Revoked abc.\n');
    expect(await runLine(['keys', 'revoke', 'nope'], { server })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no live key nope'),
    });
    expect((await runLine(['keys', 'add', 'x', '--role', 'king'], { server })).code).toBe(2);
  });

  it('ends with 1 when the server fails, and keeps the lines of its message', async () => {
    const start = async (): Promise<void> => {
      throw new Error('first\nsecond');
    };
    expect(await runLine(['start'], { server: { start } })).toMatchObject({
      code: 1,
      stderr: 'error: first\nsecond\n',
    });
  });
});

describe('vertice formats', () => {
  it('lists what is recognised', async () => {
    expect((await runLine(['formats'])).stdout).toMatch(/^FORMAT.*\nnative +json/);
    expect(JSON.parse((await runLine(['formats', '--json'])).stdout).items[0]).toMatchObject({
      id: 'native',
    });
  });
});
