import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModel } from 'ai';
import type { LlmSettings } from '../config/llm-schema.ts';
import { VerticeError } from '../errors.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import type { ModelName } from './model.ts';
import { defaultModels } from './models.ts';

export const providerNames = ['openai', 'anthropic', 'compatible'] as const;
export type ProviderName = (typeof providerNames)[number];

export interface Provider {
  readonly name: ModelName & { readonly provider: ProviderName };
  readonly languageModel: LanguageModel;
}

interface ProviderKind {
  /** Whether it is usable when the configuration does not list providers. */
  isConfigured(settings: LlmSettings): boolean;
  /** What is missing or wrong, `setting: what was expected`; null when nothing is. */
  problemOf(settings: LlmSettings): string | null;
  modelOf(settings: LlmSettings): string;
  create(settings: LlmSettings, fetch: typeof globalThis.fetch): LanguageModel;
  baseUrlOf(settings: LlmSettings): string;
}

const kinds: Readonly<Record<ProviderName, ProviderKind>> = {
  openai: {
    isConfigured: (settings) => settings.openai_api_key !== '',
    problemOf: (settings) => (settings.openai_api_key === '' ? 'llm.openai_api_key: a key' : null),
    modelOf: (settings) => settings.openai_model || defaultModels.openai,
    baseUrlOf: (settings) => settings.openai_base_url,
    create: (settings, fetch) =>
      createOpenAI({
        apiKey: settings.openai_api_key,
        baseURL: settings.openai_base_url,
        fetch,
      }).responses(settings.openai_model || defaultModels.openai),
  },
  anthropic: {
    isConfigured: (settings) => settings.anthropic_api_key !== '',
    problemOf: (settings) => (settings.anthropic_api_key === '' ? 'llm.anthropic_api_key: a key' : null),
    modelOf: (settings) => settings.anthropic_model || defaultModels.anthropic,
    baseUrlOf: (settings) => settings.anthropic_base_url,
    create: (settings, fetch) =>
      createAnthropic({
        apiKey: settings.anthropic_api_key,
        baseURL: settings.anthropic_base_url,
        fetch,
      }).messages(settings.anthropic_model || defaultModels.anthropic),
  },
  compatible: {
    isConfigured: (settings) => settings.compatible_base_url !== '',
    problemOf: (settings) => (settings.compatible_model === '' ? 'llm.compatible_model: a model name' : null),
    modelOf: (settings) => settings.compatible_model,
    baseUrlOf: (settings) => settings.compatible_base_url,
    create: (settings, fetch) =>
      createOpenAICompatible({
        name: 'compatible',
        baseURL: settings.compatible_base_url,
        ...(settings.compatible_api_key === '' ? {} : { apiKey: settings.compatible_api_key }),
        supportsStructuredOutputs: settings.compatible_structured_outputs,
        includeUsage: true,
        fetch,
      }).chatModel(settings.compatible_model),
  },
};

/**
 * The configured providers, in the order they are asked; none when nothing is configured. Throws
 * VTC_CONFIG_INVALID, without the values, for what is configured half or wrongly.
 */
export function createProviders(settings: LlmSettings): readonly Provider[] {
  const asked = settings.providers;
  if (asked.includes('none')) return [];
  const chosen =
    asked.length === 0
      ? providerNames.filter((name) => kinds[name].isConfigured(settings))
      : providerNames
          .filter((name) => asked.includes(name))
          .toSorted((one, other) => asked.indexOf(one) - asked.indexOf(other));
  return chosen.map((provider) => {
    const kind = kinds[provider];
    const problem = kind.problemOf(settings);
    if (problem !== null) throw invalid(`${problem} was expected, because the provider ${provider} is used`);
    const baseUrl = originOf(kind.baseUrlOf(settings), `llm.${provider}_base_url`);
    const fetch = createGuardedFetch({ origin: baseUrl, maxResponseBytes: settings.max_response_bytes });
    return {
      name: { provider, model: kind.modelOf(settings) },
      languageModel: kind.create(settings, fetch),
    };
  });
}

function originOf(text: string, setting: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw invalid(`${setting}: expected an address that begins with http:// or https://`);
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid(
      `${setting}: expected an address without user name and password; keys have settings of their own`,
    );
  }
  if (url.search !== '' || url.hash !== '') {
    throw invalid(`${setting}: expected an address without a query (?) and fragment (#)`);
  }
  return url.origin;
}

function invalid(message: string): VerticeError {
  return new VerticeError('VTC_CONFIG_INVALID', message);
}
