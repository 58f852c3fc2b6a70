import { describe, expect, it } from 'vitest';
import { orAborted, systemSleep } from './timing.ts';

const reason = new Error('reason');

describe('systemSleep', () => {
  it('ends by itself, or with the reason it is given', async () => {
    await expect(systemSleep(1)).resolves.toBeUndefined();
    await expect(systemSleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const sleep = expect(systemSleep(60_000, controller.signal)).rejects.toBe(reason);
    controller.abort(reason);
    await sleep;
  });
});

describe('orAborted', () => {
  it('takes whatever comes first', async () => {
    const controller = new AbortController();
    expect(await orAborted(Promise.resolve(1), controller.signal)).toBe(1);
    await expect(orAborted(Promise.reject(reason), controller.signal)).rejects.toBe(reason);
    const never = expect(orAborted(new Promise(() => {}), controller.signal)).rejects.toBe(reason);
    controller.abort(reason);
    await never;
    await expect(orAborted(new Promise(() => {}), controller.signal)).rejects.toBe(reason);
  });
});
