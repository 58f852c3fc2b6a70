import { expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import type { Verdict } from '../contracts/analysis.ts';
import { startFakeProvider } from '../llm/testing/fake-provider.ts';
import { createTestLlm, settingsFor } from '../llm/testing/test-llm.ts';
import { MiniatureData, processStart, row } from './evaluation-workbench.ts';
import { openModelAnalyst } from './model-analyst.ts';

const verdict: Verdict = {
  is_threat: true,
  severity: 'critical',
  confidence: 0.9,
  techniques: [],
  description: 'Somebody ran a tool that is not used here.',
  recommended_actions: [],
  attacker_profile: { sophistication: 'basic', tools: [], objectives: [], next_moves: [] },
  reasoning: 'It is seldom seen.',
  false_positive_likelihood: 0.2,
};

it('a model behind a real provider interface raises what the rules alone let pass', async () => {
  const server = await startFakeProvider({ reply: () => ({ object: verdict }) });
  try {
    const data = await MiniatureData.open();
    await data.rulePack();
    await data.lines('cases.jsonl.gz', [
      row('c1', 'case', 'malicious', processStart('odd-tool'), { fire: true, fmt: 'vendor:A' }),
      row('c2', 'case', 'malicious', processStart('letter'), { fire: true, fmt: 'vendor:A' }),
    ]);
    const llm = createTestLlm(settingsFor('openai', server));
    const { report, details } = await data.evaluate({ llm: openModelAnalyst(llm, systemClock) });
    expect(report.triage).toMatchObject({ tp: 0, fn: 2 });
    expect(report.triage_llm).toMatchObject({ tp: 1, fn: 1, cases_asked: 1, cases_failed: 0 });
    expect(details).toContainEqual(
      expect.objectContaining({ kind: 'triage', tier: 'llm', event: 'c1', outcome: 'tp', confidence: 0.9 }),
    );
  } finally {
    await server.close();
  }
});
