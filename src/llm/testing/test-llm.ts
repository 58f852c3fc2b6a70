import { Value } from 'typebox/value';
import { type LlmSettings, LlmSettingsSchema } from '../../config/llm-schema.ts';
import { silentLog } from '../../observability/log.ts';
import { Metrics } from '../../observability/metrics.ts';
import { createMemoryBudgetStore } from '../budget-store.ts';
import { createLlm, type LlmDependencies } from '../create-llm.ts';
import type { Llm } from '../llm.ts';
import type { FakeProvider } from './fake-provider.ts';

/** The settings of a fresh installation, some of them changed. */
export function settingsWith(changes: Partial<LlmSettings>): LlmSettings {
  return Value.Parse(LlmSettingsSchema, Value.Default(LlmSettingsSchema, { ...changes }));
}

/** Settings that use one provider, which is this server; its failures are tried again without pauses. */
export function settingsFor(
  provider: 'openai' | 'anthropic' | 'compatible',
  server: Pick<FakeProvider, 'openaiBaseUrl' | 'anthropicBaseUrl'>,
  changes: Partial<LlmSettings> = {},
): LlmSettings {
  const own: Record<typeof provider, Partial<LlmSettings>> = {
    openai: { openai_api_key: 'test-key-openai', openai_base_url: server.openaiBaseUrl },
    anthropic: { anthropic_api_key: 'test-key-anthropic', anthropic_base_url: server.anthropicBaseUrl },
    compatible: { compatible_base_url: server.openaiBaseUrl, compatible_model: 'local-model' },
  };
  return settingsWith({ providers: [provider], ...own[provider], ...changes });
}

/** A model port for tests: nothing is logged or kept, and pauses between attempts are short. */
export function createTestLlm(settings: LlmSettings, dependencies: Partial<LlmDependencies> = {}): Llm {
  const llm = createLlm(settings, {
    log: silentLog,
    metrics: new Metrics(),
    budgetStore: createMemoryBudgetStore(),
    random: () => 0,
    ...dependencies,
  });
  if (llm === null) throw new Error('the settings name no provider');
  return llm;
}
