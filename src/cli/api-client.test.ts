import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runLine, startStandIn } from './cli-workbench.ts';

const nothing = { items: [], next_cursor: null };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'vertice-cli-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

describe('the API client', () => {
  it('sends the key of a file, or of the environment; the file on the command line wins', async () => {
    const standIn = await startStandIn(() => [200, nothing]);
    const file = join(folder(), 'key');
    writeFileSync(file, 'vk_file\n');
    await runLine(['events'], standIn);
    await runLine(['events'], { ...standIn, environment: { VERTICE_API_KEY: 'vk_direct' } });
    await runLine(['events'], { ...standIn, environment: { VERTICE_API_KEY_FILE: file } });
    await runLine(['events', '--key-file', file], {
      ...standIn,
      environment: { VERTICE_API_KEY: 'vk_direct' },
    });
    expect(standIn.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      'Bearer vk_direct',
      'Bearer vk_file',
      'Bearer vk_file',
    ]);
  });

  it('takes the server from --url, with or without a slash at its end', async () => {
    const standIn = await startStandIn(() => [200, nothing]);
    const { code } = await runLine(['events', '--url', `${standIn.url}/`], { url: 'http://127.0.0.1:1' });
    expect(code).toBe(0);
    expect(standIn.requests[0]?.path).toBe('/api/v1/events');
  });

  it('ends with 3 when no server answers, and says how to start one', async () => {
    const { code, stderr } = await runLine(['threats'], { url: 'http://127.0.0.1:1' });
    expect(code).toBe(3);
    expect(stderr).toMatch(/no server answers at http:\/\/127\.0\.0\.1:1 .*vertice start/);
  });

  it.each([
    [401, 1, 'vertice keys add NAME --role operator'],
    [403, 1, 'higher role'],
    [404, 1, 'There is no such thing.'],
    [503, 1, 'There is no such thing.'],
  ])('explains a %i', async (status, code, text) => {
    const { url } = await startStandIn(() => [status, { detail: 'There is no such thing.' }]);
    const result = await runLine(['threats', 'x'], { url });
    expect(result.code).toBe(code);
    expect(result.stderr).toContain('There is no such thing.');
    expect(result.stderr).toContain(text);
  });

  it('names the fields that are wrong', async () => {
    const { url } = await startStandIn(() => [
      400,
      { detail: 'Wrong.', errors: [{ field: 'querystring/since', expected: 'a time' }] },
    ]);
    const { stderr } = await runLine(['events', '--since', 'yesterday'], { url });
    expect(stderr).toContain('Wrong. querystring/since: expected a time');
  });

  it.each([
    ['no JSON at all', '<html>', 'is it a Vértice server?'],
    ['another shape', { items: [{}], next_cursor: null }, 'in another shape than expected'],
    ['no object', [], 'in another shape than expected'],
  ])('says so when the answer is %s', async (_name, body, text) => {
    const { url } = await startStandIn(() => [200, body]);
    expect(await runLine(['threats'], { url })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(text),
    });
  });

  it('shows the status where an error has no explanation', async () => {
    const { url } = await startStandIn(() => [500, 'oops']);
    expect((await runLine(['threats'], { url })).stderr).toContain('HTTP 500 from http');
  });

  it.each([
    [['events', '--url', 'localhost:8787'], 'http://host:port'],
    [['events', '--url', 'nonsense'], 'http://host:port'],
    [['events', '--key-file', '/nonexistent/key'], 'the key file cannot be read'],
    [['events', '--limit', '0'], 'Expected a whole number from 1'],
    [['events', '--nonsense'], "unknown option '--nonsense'"],
    [['evnets'], 'Did you mean events?'],
    [['approve'], 'missing required argument'],
    [[], 'Usage: vertice'],
  ])('ends with 2 for %j', async (args, text) => {
    const { code, stderr } = await runLine(args);
    expect(code).toBe(2);
    expect(stderr).toContain(text);
  });

  it('ends with 130 when it is interrupted', async () => {
    const stop = new AbortController();
    const { url } = await startStandIn(() => {
      stop.abort();
      return [200, nothing];
    });
    expect((await runLine(['events'], { url, signal: stop.signal })).code).toBe(130);
  });

  it('prints help and version with 0', async () => {
    expect(await runLine(['--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Commands:'),
    });
    expect(await runLine(['--version'])).toMatchObject({ code: 0, stdout: '1.2.3\n' });
    expect((await runLine(['events', '--help'])).stdout).toContain('--key-file');
  });
});
