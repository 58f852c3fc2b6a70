import { describe, expect, it } from 'vitest';
import { Metrics } from './metrics.ts';
import { collectRuntime } from './runtime.ts';

describe('collectRuntime', () => {
  it('measures process and event loop at each scrape, under names that a linter accepts', async () => {
    const metrics = new Metrics();
    const stop = collectRuntime(metrics);
    const held = performance.now() + 150;
    await new Promise((resolve) => setTimeout(resolve, 20));
    while (performance.now() < held) Math.sqrt(held);
    await new Promise((resolve) => setTimeout(resolve, 20));

    const text = await metrics.registry.metrics();
    const worst = /defense_event_loop_lag_seconds\{percentile="100"\} ([\d.e-]+)/.exec(text)?.[1];
    expect(Number(worst)).toBeGreaterThan(0.05);
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).toContain('nodejs_gc_duration_seconds');
    for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
      if (type !== 'counter') expect(name).not.toMatch(/_total$/);
      else expect(name).toMatch(/_total$/);
      expect(text).toContain(`# HELP ${name} `);
    }
    expect(text).not.toContain('nodejs_eventloop_lag');

    stop();
    await metrics.registry.metrics();
  });

  it('reports no lag before the first sample', async () => {
    const metrics = new Metrics();
    const stop = collectRuntime(metrics);
    expect(await metrics.registry.metrics()).toContain('defense_event_loop_lag_seconds{percentile="50"} 0');
    stop();
  });
});
