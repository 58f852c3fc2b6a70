import Type from 'typebox';
import type { ApiApp, ApiContext } from '../api-app.ts';

const tags = ['operations'];

/** Liveness, readiness, metrics: for probes and scrapers, outside /api/v1. */
export function operationsRoutes(app: ApiApp, { readiness, metrics, isLocal, log }: ApiContext): void {
  app.get(
    '/health',
    {
      config: { rateLimit: false },
      schema: {
        tags,
        security: [],
        summary: 'The process is alive.',
        response: { 200: Type.Object({ status: Type.Literal('alive') }, { description: 'Alive.' }) },
      },
    },
    async () => ({ status: 'alive' as const }),
  );

  const Readiness = Type.Object(
    {
      status: Type.Enum(['ready', 'not ready']),
      dependencies: Type.Record(Type.String(), Type.String(), {
        description: '"ready", or what is wrong; only "not ready" where other machines can ask.',
      }),
    },
    { description: 'Every dependency and its state.' },
  );
  app.get(
    '/ready',
    {
      schema: {
        tags,
        security: [],
        summary: 'Whether events can be taken and processed.',
        response: { 200: Readiness, 503: Readiness },
      },
    },
    async (_request, reply) => {
      const states = Object.entries(await readiness());
      const isReady = states.every(([, problem]) => problem === null);
      if (!isReady) log.warn('not ready', { dependencies: Object.fromEntries(states) });
      const dependencies = Object.fromEntries(
        states.map(([name, problem]) => [name, problem === null ? 'ready' : isLocal ? problem : 'not ready']),
      );
      return reply
        .code(isReady ? 200 : 503)
        .send({ status: isReady ? ('ready' as const) : ('not ready' as const), dependencies });
    },
  );

  app.get(
    '/metrics',
    {
      // Counts tell an attacker what is noticed: open to this machine only.
      config: isLocal ? {} : { role: 'viewer' },
      schema: {
        tags,
        ...(isLocal ? { security: [] } : {}),
        summary: 'Prometheus metrics. Needs a key unless the API listens on loopback.',
        produces: ['text/plain'],
        response: { 200: Type.String({ description: 'Text exposition format.' }) },
      },
    },
    async (_request, reply) =>
      reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
