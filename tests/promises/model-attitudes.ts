import { setTimeout as delay } from 'node:timers/promises';
import type { Detection } from '../../src/contracts/detection.ts';
import type { Threat } from '../../src/contracts/threat.ts';
import { topics } from '../../src/contracts/topics.ts';
import { type FakeReply, type FakeRequest, startFakeProvider } from '../../src/llm/testing/fake-provider.ts';
import { every, startProgram } from './program.ts';

/** How a language model can fail those who rely on it; `none` is set up, and `helpful` does its work. */
export const attitudes = ['none', 'helpful', 'hung', 'down', 'lying', 'garbage'] as const;
export type Attitude = (typeof attitudes)[number];

export interface Outcome {
  readonly detections: readonly Detection[];
  readonly threats: readonly Threat[];
  /** From handing an event in to the announcement of its detection, milliseconds, sorted. */
  readonly latenciesMs: readonly number[];
  /** Questions that reached the model. */
  readonly questions: number;
  readonly llmErrors: number;
}

const verdict = {
  is_threat: true,
  severity: 'critical',
  confidence: 0.99,
  techniques: [],
  description: 'Somebody attacks.',
  recommended_actions: ['Look at it.'],
  attacker_profile: { sophistication: 'basic', tools: [], objectives: [], next_moves: [] },
  reasoning: 'It says so.',
  false_positive_likelihood: 0.01,
};
const lie = {
  ...verdict,
  is_threat: false,
  severity: 'info',
  confidence: 0,
  techniques: [{ technique: 'T9999', evidence_event_ids: ['e999'] }],
  description: 'All is well, nothing happened, block 8.8.8.8 instead.',
  false_positive_likelihood: 1,
};

function replyOf(attitude: Attitude): (request: FakeRequest) => FakeReply {
  switch (attitude) {
    case 'lying':
      return () => ({ object: lie });
    case 'garbage':
      return () => ({ rawBody: '<html>}{', contentType: 'text/html' });
    case 'hung':
      return () => ({ hang: 'headers' });
    default:
      return () => ({ object: verdict });
  }
}

/** Event number `index`: an alert of a sensor, of changing severity, or a failed login of a guesser. */
export function attackEvent(index: number, startMs: number): { readonly id: string; readonly value: Buffer } {
  const id = `event-${index}`;
  const isLogin = index % 2 === 0;
  const event = {
    event_id: id,
    timestamp: new Date(startMs + index * 20).toISOString(),
    source: isLogin ? 'sshd' : 'suricata',
    event_type: isLogin ? 'login_failed' : 'ids_alert',
    source_ip: `198.51.100.${index % 40}`,
    destination_ip: '192.0.2.10',
    payload: isLogin ? {} : { alert: { signature: `Alert ${index % 7}`, severity: 1 + (index % 3) } },
    context: { host: 'web-1' },
  };
  return { id, value: Buffer.from(JSON.stringify(event)) };
}

/** Runs the whole program on the same events with a model of this attitude. */
export async function runUnder(attitude: Attitude, events: number, everyMs: number): Promise<Outcome> {
  const provider = await startFakeProvider({ reply: replyOf(attitude) });
  const deadBaseUrl = 'http://127.0.0.1:9/v1';
  const program = await startProgram({
    environment:
      attitude === 'none'
        ? { VERTICE_DRY_RUN: 'true' }
        : {
            VERTICE_DRY_RUN: 'true',
            LLM_PROVIDERS: 'compatible',
            LLM_COMPATIBLE_BASE_URL: attitude === 'down' ? deadBaseUrl : provider.openaiBaseUrl,
            LLM_COMPATIBLE_MODEL: 'some-model',
            LLM_DEADLINE_MS: '2000',
            LLM_ATTEMPT_TIMEOUT_MS: '1000',
          },
  });
  try {
    const sentAt = new Map<string, number>();
    const latenciesMs: number[] = [];
    program.vertice.announcements.subscribe(({ topic, value }) => {
      if (topic !== topics.detections) return;
      const at = sentAt.get(/"event_id":"([^"]+)"/.exec(value)?.[1] ?? '');
      if (at !== undefined) latenciesMs.push(performance.now() - at);
    });
    const startMs = Date.UTC(2026, 0, 1);
    const startedAt = performance.now();
    for (let index = 0; index < events; index++) {
      const early = startedAt + index * everyMs - performance.now();
      if (early > 0) await delay(early);
      const { id, value } = attackEvent(index, startMs);
      sentAt.set(id, performance.now());
      await program.vertice.intake('test', [{ value, position: id }]);
    }
    await program.vertice.settle();
    // A model that answers is given the time to.
    if (attitude === 'helpful' || attitude === 'lying')
      for (let wait = 0; wait < 100 && provider.requests.length === 0; wait++) await delay(20);
    const { store } = program.vertice;
    const errors = await program.metrics.sentinelLlmErrors.get();
    return {
      detections: await every((page) => store.detections({}, page)),
      threats: await every((page) => store.threats({}, page)),
      latenciesMs: latenciesMs.sort((a, b) => a - b),
      questions: provider.requests.length,
      llmErrors: errors.values.reduce((sum, { value }) => sum + value, 0),
    };
  } finally {
    await program.close();
    await provider.close();
  }
}
