import { monitorEventLoopDelay } from 'node:perf_hooks';
import { collectDefaultMetrics } from 'prom-client';
import type { Metrics } from './metrics.ts';

const percentiles = [50, 90, 99, 100];
const nanosecondsPerSecond = 1e9;

/** Gauges that `promtool check metrics` refuses for their `_total`, and those that `eventLoopLag` replaces. */
const unwanted = /^nodejs_(active_\w+_total|eventloop_lag_\w+)$/;

/**
 * Adds what the runtime knows about itself (CPU, memory, file descriptors, garbage collection, event loop)
 * to the metrics. Call once a process.
 *
 * @returns stops the event-loop monitor
 */
export function collectRuntime(metrics: Metrics): () => void {
  // The library's own event-loop monitor cannot be left out; at one sample a minute it costs nothing.
  collectDefaultMetrics({ register: metrics.registry, eventLoopMonitoringPrecision: 60_000 });
  for (const { name } of metrics.registry.getMetricsAsArray()) {
    if (unwanted.test(name)) metrics.registry.removeSingleMetric(name);
  }

  const resolutionMs = 10;
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  metrics.sampleEventLoop = () => {
    for (const percentile of percentiles) {
      // The histogram measures the whole interval between two samples, which is never below the resolution.
      const seconds = delay.count === 0 ? 0 : delay.percentile(percentile) / nanosecondsPerSecond;
      metrics.eventLoopLag.set(
        { percentile: String(percentile) },
        Math.max(0, seconds - resolutionMs / 1000),
      );
    }
    delay.reset();
  };
  return () => {
    metrics.sampleEventLoop = () => {};
    delay.disable();
  };
}
