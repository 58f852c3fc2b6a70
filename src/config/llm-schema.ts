import Type, { type Static } from 'typebox';

const optionalLimit = { minimum: 0 } as const;
const modelName = { default: '', maxLength: 200 } as const;

/**
 * Settings of language models: the section `llm` of the configuration. Nothing is configured by default, and
 * the product does its work without.
 */
export const LlmSettingsSchema = Type.Object(
  {
    providers: Type.Array(Type.String({ pattern: '^(openai|anthropic|compatible|none)$' }), {
      default: [],
      env: 'LLM_PROVIDERS',
      description:
        'Providers in the order they are asked; the next one is asked when one does not answer. Empty: every configured one, in the order openai, anthropic, compatible. none: no language model.',
    }),
    openai_api_key: Type.String({
      default: '',
      secret: true,
      env: 'OPENAI_API_KEY',
      description: 'Key of OpenAI; OPENAI_API_KEY_FILE names a file that holds it.',
    }),
    openai_base_url: Type.String({
      default: 'https://api.openai.com/v1',
      env: 'OPENAI_BASE_URL',
      description: "Where OpenAI's responses API is.",
    }),
    openai_model: Type.String({
      ...modelName,
      env: 'OPENAI_MODEL',
      description: 'Model of OpenAI; empty: the default of this release.',
    }),
    anthropic_api_key: Type.String({
      default: '',
      secret: true,
      env: 'ANTHROPIC_API_KEY',
      description: 'Key of Anthropic; ANTHROPIC_API_KEY_FILE names a file that holds it.',
    }),
    anthropic_base_url: Type.String({
      default: 'https://api.anthropic.com/v1',
      env: 'ANTHROPIC_BASE_URL',
      description: "Where Anthropic's messages API is, the version included.",
    }),
    anthropic_model: Type.String({
      ...modelName,
      env: 'ANTHROPIC_MODEL',
      description: 'Model of Anthropic; empty: the default of this release.',
    }),
    compatible_base_url: Type.String({
      default: '',
      env: 'LLM_COMPATIBLE_BASE_URL',
      description:
        'Any server that speaks the chat completions API (Ollama, vLLM, llama.cpp), e.g. http://127.0.0.1:11434/v1.',
    }),
    compatible_model: Type.String({
      ...modelName,
      env: 'LLM_COMPATIBLE_MODEL',
      description: 'Model that server is asked for.',
    }),
    compatible_api_key: Type.String({
      default: '',
      secret: true,
      env: 'LLM_COMPATIBLE_API_KEY',
      description:
        'Key of that server, when it wants one; LLM_COMPATIBLE_API_KEY_FILE names a file that holds it.',
    }),
    compatible_structured_outputs: Type.Boolean({
      default: true,
      env: 'LLM_COMPATIBLE_STRUCTURED_OUTPUTS',
      description:
        'That server constrains answers to a JSON Schema (response_format json_schema); false: it is only asked for JSON.',
    }),
    reasoning: Type.Enum(['default', 'none', 'low', 'medium', 'high'], {
      default: 'low',
      env: 'LLM_REASONING',
      description:
        'How much OpenAI and Anthropic models think before they answer; thinking costs time and output tokens.',
    }),
    deadline_ms: Type.Integer({
      default: 60_000,
      minimum: 100,
      maximum: 600_000,
      env: 'LLM_DEADLINE_MS',
      description: 'Time for one question, with queue, attempts and other providers.',
    }),
    attempt_timeout_ms: Type.Integer({
      default: 45_000,
      minimum: 100,
      maximum: 600_000,
      env: 'LLM_ATTEMPT_TIMEOUT_MS',
      description: 'Time for one attempt at one provider.',
    }),
    max_attempts: Type.Integer({
      default: 3,
      minimum: 1,
      maximum: 10,
      env: 'LLM_MAX_ATTEMPTS',
      description: 'Attempts at one provider when it is overloaded or fails.',
    }),
    max_concurrent: Type.Integer({
      default: 4,
      minimum: 1,
      maximum: 256,
      env: 'LLM_MAX_CONCURRENT',
      description: 'Requests under way at once.',
    }),
    max_waiting: Type.Integer({
      default: 32,
      minimum: 0,
      maximum: 10_000,
      env: 'LLM_MAX_WAITING',
      description: 'Requests that wait for their turn; what comes beyond is turned away at once.',
    }),
    max_response_bytes: Type.Integer({
      default: 1_048_576,
      minimum: 1024,
      maximum: 67_108_864,
      env: 'LLM_MAX_RESPONSE_BYTES',
      description: 'Largest answer of a provider that is read.',
    }),
    tokens_per_hour: Type.Union([Type.Integer(optionalLimit), Type.Null()], {
      default: 2_000_000,
      env: 'LLM_TOKENS_PER_HOUR',
      description: 'Most tokens an hour, in and out; empty: no limit.',
    }),
    tokens_per_day: Type.Union([Type.Integer(optionalLimit), Type.Null()], {
      default: 20_000_000,
      env: 'LLM_TOKENS_PER_DAY',
      description: 'Most tokens a day (UTC); empty: no limit.',
    }),
    usd_per_hour: Type.Union([Type.Number(optionalLimit), Type.Null()], {
      default: 2,
      env: 'LLM_USD_PER_HOUR',
      description: 'Most US dollars an hour; empty: no limit.',
    }),
    usd_per_day: Type.Union([Type.Number(optionalLimit), Type.Null()], {
      default: 20,
      env: 'LLM_USD_PER_DAY',
      description: 'Most US dollars a day (UTC); empty: no limit.',
    }),
    prices: Type.Array(Type.String({ maxLength: 300, pattern: '^.+=[0-9.]+/[0-9.]+/[0-9.]+$' }), {
      default: [],
      env: 'LLM_PRICES',
      description:
        'Prices of models in US dollars for a million tokens, before the built-in ones: model=input/cached input/output.',
    }),
    cache_entries: Type.Integer({
      default: 1000,
      minimum: 0,
      maximum: 1_000_000,
      env: 'LLM_CACHE_ENTRIES',
      description: 'Answers kept for identical questions.',
    }),
    cache_bytes: Type.Integer({
      default: 16_777_216,
      minimum: 0,
      maximum: 1_073_741_824,
      env: 'LLM_CACHE_BYTES',
      description: 'Most memory for them.',
    }),
    cache_seconds: Type.Integer({
      default: 3600,
      minimum: 0,
      maximum: 604_800,
      env: 'LLM_CACHE_SECONDS',
      description: 'How long they are kept.',
    }),
  },
  { default: {} },
);
export type LlmSettings = Static<typeof LlmSettingsSchema>;
