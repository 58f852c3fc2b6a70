import { describe, expect, it } from 'vitest';
import { VerticeError } from '../errors.ts';
import { silentLog } from '../observability/log.ts';
import { createPatientAccept } from './patient-accept.ts';

const full = new VerticeError('VTC_BUS_FULL', 'full', { isRetryable: true });
const record = { value: Buffer.from('x'), position: 'p:0' };

describe('createPatientAccept', () => {
  it('tries again after growing pauses until the records are taken', async () => {
    const waits: number[] = [];
    let failures = 8;
    const accept = createPatientAccept(
      async () => {
        failures -= 1;
        if (failures >= 0) throw full;
      },
      { log: silentLog, signal: new AbortController().signal, wait: async (ms) => void waits.push(ms) },
    );
    await accept([record]);
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  });

  it.each([
    ['one of ours that is final', new VerticeError('VTC_RECORD_TOO_LARGE', 'too large')],
    ['any other', new Error('broken')],
  ])('passes on %s', async (_name, error) => {
    const accept = createPatientAccept(() => Promise.reject(error), {
      log: silentLog,
      signal: new AbortController().signal,
    });
    await expect(accept([record])).rejects.toBe(error);
  });

  it('gives up when it is told to stop', async () => {
    const stop = new AbortController();
    const accept = createPatientAccept(() => Promise.reject(full), { log: silentLog, signal: stop.signal });
    const outcome = accept([record]);
    setImmediate(() => stop.abort());
    await expect(outcome).rejects.toThrow();
  });
});
