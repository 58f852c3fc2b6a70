import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Everything the product counts, under the names dashboards and alerts know. One instance a process. */
export class Metrics {
  readonly registry = new Registry();
  /** Called at each scrape, before `eventLoopLag` is read; `collectRuntime` sets it. */
  sampleEventLoop: () => void = () => {};

  readonly eventsProcessed = new Counter({
    name: 'defense_events_processed_total',
    help: 'Records that ended a phase, by phase and how they ended.',
    labelNames: ['phase', 'status'] as const,
    registers: [this.registry],
  });
  readonly detections = new Counter({
    name: 'defense_detections_total',
    help: 'Detections raised, by severity.',
    labelNames: ['severity'] as const,
    registers: [this.registry],
  });
  readonly detectionLatency = new Histogram({
    name: 'defense_detection_latency_seconds',
    help: 'From the moment the bus took an event to the durable verdict on it.',
    buckets: latencyBuckets,
    registers: [this.registry],
  });
  readonly responseLatency = new Histogram({
    name: 'defense_response_latency_seconds',
    help: 'From decision to the outcome of the last action of a run.',
    buckets: latencyBuckets,
    registers: [this.registry],
  });
  readonly pipelineLatency = new Histogram({
    name: 'defense_pipeline_latency_seconds',
    help: 'From the moment the bus took the event to the validated containment of its threat.',
    buckets: latencyBuckets,
    registers: [this.registry],
  });
  readonly phaseLatency = new Histogram({
    name: 'defense_phase_latency_seconds',
    help: 'Time a threat spends in each phase of the cycle.',
    labelNames: ['phase'] as const,
    buckets: latencyBuckets,
    registers: [this.registry],
  });
  readonly responseActions = new Counter({
    name: 'defense_response_actions_total',
    help: 'Actions that reached an outcome, by type and outcome.',
    labelNames: ['action_type', 'status'] as const,
    registers: [this.registry],
  });
  readonly enforcementDrift = new Counter({
    name: 'defense_enforcement_drift_total',
    help: 'Containments that were no longer in force though they should have been, by what became of them.',
    labelNames: ['outcome'] as const,
    registers: [this.registry],
  });
  readonly hotlApprovals = new Counter({
    name: 'defense_hotl_approvals_total',
    help: 'Decisions a person took on a waiting threat.',
    labelNames: ['approved'] as const,
    registers: [this.registry],
  });
  readonly activeThreats = new Gauge({
    name: 'defense_active_threats',
    help: 'Threats that are neither contained nor closed.',
    registers: [this.registry],
  });
  readonly deadLetters = new Counter({
    name: 'defense_dead_letters_total',
    help: 'Records that could not be read, by reason.',
    labelNames: ['reason'] as const,
    registers: [this.registry],
  });
  readonly doorRecords = new Counter({
    name: 'defense_door_records_total',
    help: 'Records taken in, by door and what became of them there.',
    labelNames: ['door', 'status'] as const,
    registers: [this.registry],
  });
  readonly queueDepth = new Gauge({
    name: 'defense_queue_depth',
    help: 'Entries waiting in a queue of this process.',
    labelNames: ['queue'] as const,
    registers: [this.registry],
  });
  readonly consumerLag = new Gauge({
    name: 'defense_consumer_lag',
    help: 'Records of security.events without a committed outcome, by partition.',
    labelNames: ['partition'] as const,
    registers: [this.registry],
  });
  readonly sigmaRules = new Gauge({
    name: 'sigma_rules_loaded',
    help: 'Rules in force, by kind (detection, correlation).',
    labelNames: ['kind'] as const,
    registers: [this.registry],
  });
  readonly sigmaReloads = new Counter({
    name: 'sigma_rules_reloads_total',
    help: 'Reloads of the rules, by outcome; a refused one leaves the rules in force.',
    labelNames: ['status'] as const,
    registers: [this.registry],
  });
  readonly correlationSignals = new Counter({
    name: 'sigma_correlation_signals_total',
    help: 'Hits of rules that correlations look at.',
    registers: [this.registry],
  });
  readonly sentinelDetections = new Counter({
    name: 'sentinel_detections_total',
    help: 'Verdicts of the Sentinel, by severity and whether it holds the case to be a threat.',
    labelNames: ['severity', 'is_threat'] as const,
    registers: [this.registry],
  });
  readonly sentinelLatency = new Histogram({
    name: 'sentinel_analysis_latency_seconds',
    help: 'Time one analysis takes, by analyst (deterministic, llm).',
    labelNames: ['analyst'] as const,
    buckets: latencyBuckets,
    registers: [this.registry],
  });
  readonly sentinelLlmErrors = new Counter({
    name: 'sentinel_llm_errors_total',
    help: 'Analyses by a model that came to nothing, by reason; the deterministic verdict stood.',
    labelNames: ['reason'] as const,
    registers: [this.registry],
  });
  readonly llmRequests = new Counter({
    name: 'llm_requests_total',
    help: 'Requests to language models, by provider, model and outcome.',
    labelNames: ['provider', 'model', 'status'] as const,
    registers: [this.registry],
  });
  readonly llmLatency = new Histogram({
    name: 'llm_latency_seconds',
    help: 'Time to the whole answer of a language model, retries included.',
    labelNames: ['provider', 'model'] as const,
    buckets: latencyBuckets,
    registers: [this.registry],
  });
  readonly llmTokens = new Counter({
    name: 'llm_tokens_total',
    help: 'Tokens, by provider, model and direction (input, cached_input, output).',
    labelNames: ['provider', 'model', 'direction'] as const,
    registers: [this.registry],
  });
  readonly llmCost = new Counter({
    name: 'llm_cost_usd_total',
    help: 'Cost of language models in US dollars, by the configured prices.',
    labelNames: ['provider', 'model'] as const,
    registers: [this.registry],
  });
  readonly eventLoopLag = new Gauge({
    name: 'defense_event_loop_lag_seconds',
    help: 'Delay of the event loop over the last scrape interval, by percentile (50, 90, 99, 100).',
    labelNames: ['percentile'] as const,
    registers: [this.registry],
    collect: () => this.sampleEventLoop(),
  });
}
