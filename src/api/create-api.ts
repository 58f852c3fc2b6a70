import { randomUUID } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import ipaddr from 'ipaddr.js';
import { messageOf, VerticeError } from '../errors.ts';
import { createAccessCheck } from './access.ts';
import type { ApiContext } from './api-app.ts';
import { createAuthenticator } from './api-keys.ts';
import { answerBrokenRequest } from './broken-request.ts';
import { createEventHub } from './event-hub.ts';
import { openapiOptions } from './openapi.ts';
import { type ApiDependencies, type ApiLimits, type ApiServer, defaultLimits } from './ports.ts';
import { ApiProblem } from './problem.ts';
import { problemOfError } from './problem-of-error.ts';
import { refuseOtherMethods } from './refuse-methods.ts';
import { detectionsRoutes } from './routes/detections.ts';
import { eventsRoutes } from './routes/events.ts';
import { indexRoutes } from './routes/index-routes.ts';
import { keysRoutes } from './routes/keys.ts';
import { operationsRoutes } from './routes/operations.ts';
import { responsesRoutes } from './routes/responses.ts';
import { streamRoutes } from './routes/stream.ts';
import { threatsRoutes } from './routes/threats.ts';
import { sharedSchemas } from './schemas.ts';
import { standardHeaders } from './standard-headers.ts';

const maxHeaderBytes = 16_384;
/** Bodies other than events: a key's name and role. */
const maxSmallBodyBytes = 16_384;
const maxConnections = 4096;

/**
 * The HTTP door. Nothing listens before `listen`. Every error is a problem document; what cannot be one
 * (a request that is not HTTP) gets a bare status and a closed connection.
 */
export async function createApi(
  dependencies: ApiDependencies,
  overrides: Partial<ApiLimits> = {},
): Promise<ApiServer> {
  const limits: ApiLimits = { ...defaultLimits, ...overrides };
  const { config, log, store, clock } = dependencies;
  const context: ApiContext = {
    ...dependencies,
    limits,
    authenticator: createAuthenticator(store, clock, limits.keyCacheMs),
    isLocal: isLoopback(config.host),
  };

  const app = fastify({
    logger: false,
    genReqId: () => `req_${randomUUID()}`,
    bodyLimit: maxSmallBodyBytes,
    handlerTimeout: limits.handlerTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    return503OnClosing: false,
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: limits.timeoutCheckMs,
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 256 },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, { id }, { raw }) => {
      const problem = problemOfError(error);
      raw.writeHead(problem.status, { ...standardHeaders(id), ...problem.headers() });
      raw.end(JSON.stringify(problem.body(id)));
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.server.maxConnections = maxConnections;

  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  // Answers are ours and typed: the schemas describe them, nothing need filter them.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  for (const schema of sharedSchemas) app.addSchema(schema);

  app.decorateRequest('apiKey', null);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(standardHeaders(request.id));
  });
  // After the rate limit (onRequest), before the body.
  app.addHook('preParsing', createAccessCheck(context.authenticator));
  app.addHook('onResponse', async (request, reply) => {
    log.debug('request answered', {
      request_id: request.id,
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime),
      key_id: request.apiKey?.keyId ?? null,
    });
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOfError(error);
    const fields = {
      request_id: request.id,
      method: request.method,
      route: request.routeOptions.url ?? null,
    };
    if (problem.kind === 'internal') log.error('request failed', { ...fields, error });
    else if (problem.status === 503) log.warn('request put off', { ...fields, error });
    else if (problem.kind === 'unauthenticated' || problem.kind === 'forbidden') {
      log.info('request refused', { ...fields, address: request.ip, reason: problem.message });
    }
    return reply.headers(problem.headers()).code(problem.status).send(problem.body(request.id));
  });

  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    // Clients send the header with every POST, also those that need no body.
    if (body === '') done(null, undefined);
    else parseJson(request, body, done);
  });

  await app.register(rateLimit, {
    max: config.rateLimitPerMinute,
    timeWindow: 60_000,
    errorResponseBuilder: (_request, { max, ttl }) =>
      new ApiProblem('rate-limited', `More than ${max} requests a minute from this address.`, {
        retryAfterSeconds: Math.ceil(ttl / 1000),
      }),
  });
  await app.register(swagger, openapiOptions);
  const finishMethods = refuseOtherMethods(app);
  const hub = createEventHub(dependencies.eventStream, limits, log);
  operationsRoutes(app, context);
  indexRoutes(app);
  await eventsRoutes(app, context);
  detectionsRoutes(app, context);
  threatsRoutes(app, context);
  responsesRoutes(app, context);
  keysRoutes(app, context);
  streamRoutes(app, context, hub);
  finishMethods();
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, async () => {
    throw new ApiProblem('not-found', 'There is nothing at this path. GET /api/v1 lists what there is.');
  });
  await app.ready();

  let closing: Promise<void> | null = null;
  const shutDown = async (): Promise<void> => {
    hub.close();
    const cut = setTimeout(() => app.server.closeAllConnections(), limits.closeTimeoutMs);
    await app.close();
    clearTimeout(cut);
  };

  return {
    async listen() {
      const { host, port } = config;
      try {
        await app.listen({ host, port });
      } catch (error) {
        throw new VerticeError(
          'VTC_API_FAILED',
          `Cannot listen on ${host} port ${port}: ${messageOf(error)}. Free the port, or set api.host and api.port.`,
          { cause: error, facts: { host, port } },
        );
      }
      const address = app.server.address();
      return address === null || typeof address === 'string'
        ? { host, port }
        : { host: address.address, port: address.port };
    },
    close() {
      closing ??= shutDown();
      return closing;
    },
  };
}

/** Whether only this machine can reach a listener on this host. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');
}
