import { randomUUID } from 'node:crypto';
import Type from 'typebox';
import type { Framing } from '../../contracts/ingest.ts';
import { deterministicId } from '../../ids.ts';
import { personOf } from '../access.ts';
import type { ApiApp, ApiContext } from '../api-app.ts';
import { pageAnswer, pageQuery, pageRequest, pageSchema, present } from '../page.ts';
import { ApiProblem } from '../problem.ts';
import { BodyBudget, readBody } from '../read-body.ts';
import { IngestSummaryRef, idParams, SecurityEventRef, since, textFilter } from '../schemas.ts';

const tags = ['events'];

/** Media types that are taken, and how a body of each is cut into records. */
const framings: Readonly<Record<string, Framing>> = {
  'application/json': 'detect',
  'application/x-ndjson': 'lines',
  'application/ndjson': 'lines',
  'application/jsonl': 'lines',
  'application/x-jsonlines': 'lines',
  'text/plain': 'lines',
  'application/octet-stream': 'detect',
};

/** How many bodies of the largest size may be in memory at once. */
const fullBodies = 4;
/** The body may take its time to come, and the bus to find room for it. */
const ingestTimeoutMs = 180_000;

/** Events in and out. */
export async function eventsRoutes(app: ApiApp, context: ApiContext): Promise<void> {
  await app.register(async (scope: ApiApp) => postEvents(scope, context));

  app.get(
    '/api/v1/events',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'Events: the newest of all, or the evidence behind detections.',
        querystring: Type.Object(
          {
            scope: Type.Optional(
              Type.Enum(['evidence', 'recent'], {
                description:
                  'recent: the newest on the bus, clean ones too; one page. evidence: what detections rest on, ' +
                  'stored, paged. Without it: recent, or evidence when a cursor is given.',
              }),
            ),
            source_ip: textFilter('Address the activity came from.'),
            source: textFilter('Sensor.'),
            event_type: textFilter('What happened.'),
            since,
            ...pageQuery,
          },
          { additionalProperties: false },
        ),
        response: { 200: pageSchema(SecurityEventRef) },
      },
    },
    async ({ query }) => {
      const filter = present({
        sourceIp: query.source_ip,
        source: query.source,
        eventType: query.event_type,
        since: query.since,
      });
      const page = pageRequest(query);
      const scope = query.scope ?? (page.cursor === undefined ? 'recent' : 'evidence');
      if (scope === 'evidence') return pageAnswer(await context.store.events(filter, page));
      if (page.cursor !== undefined) {
        throw new ApiProblem('invalid-request', 'scope=recent has one page: leave the cursor out.', {
          errors: [{ field: 'querystring/cursor', expected: 'to be absent' }],
        });
      }
      const items = await context.recentEvents(filter, page.limit);
      return pageAnswer({ items, nextCursor: null });
    },
  );

  app.get(
    '/api/v1/events/:id',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'One event that is evidence of a detection.',
        params: idParams,
        response: { 200: SecurityEventRef },
      },
    },
    async ({ params }) => {
      const event = await context.store.event(params.id);
      if (event === null) {
        throw new ApiProblem('not-found', 'No such event is stored. Events without a detection are not.');
      }
      return event;
    },
  );
}

/** In a scope of its own: here bodies are bytes that nobody parses on the way to `ingest`. */
function postEvents(app: ApiApp, { ingest, config }: ApiContext): void {
  const budget = new BodyBudget(fullBodies * config.maxBodyBytes);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));

  app.post(
    '/api/v1/events',
    {
      handlerTimeout: ingestTimeoutMs,
      config: { role: 'operator' },
      schema: {
        tags,
        summary: 'Takes events in: durable when answered.',
        description:
          'A request repeated under the same Idempotency-Key gives the same event ids, so that nothing counts twice.',
        querystring: Type.Object(
          {
            format: Type.Optional(
              Type.String({
                pattern: '^[a-z0-9][a-z0-9_.-]{0,63}$',
                description: 'Format of the records, instead of recognising one.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        headers: Type.Object({
          'idempotency-key': Type.Optional(
            Type.String({
              pattern: '^[\\x21-\\x7e]{1,255}$',
              description: 'Names this request and no other.',
            }),
          ),
        }),
        response: { 202: IngestSummaryRef },
      },
    },
    async (request, reply) => {
      const framing = framingOf(request.headers['content-type']);
      const idempotencyKey = request.headers['idempotency-key'];
      const requestId =
        idempotencyKey === undefined
          ? `req_${randomUUID()}`
          : deterministicId('req', personOf(request), idempotencyKey);
      const { format } = request.query;
      const body = await readBody(request.raw, { maxBytes: config.maxBodyBytes, budget });
      try {
        const summary = await ingest(body.bytes, {
          requestId,
          framing,
          ...(format === undefined ? {} : { format }),
        });
        if (summary.accepted === 0) {
          throw new ApiProblem('nothing-readable', 'No record of the body could be read as an event.', {
            rejected: [...summary.rejected],
          });
        }
        return await reply.code(202).send({ ...summary, rejected: [...summary.rejected] });
      } finally {
        body.release();
      }
    },
  );
}

/** No Content-Type says as much as application/octet-stream. */
function framingOf(contentType = 'application/octet-stream'): Framing {
  const [mediaType = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const framing = Object.hasOwn(framings, mediaType) ? framings[mediaType] : undefined;
  if (framing === undefined) {
    const known = Object.keys(framings).join(', ');
    throw new ApiProblem(
      'unsupported-media-type',
      `Cannot read ${JSON.stringify(mediaType.slice(0, 100))}. Set Content-Type to one of ${known}.`,
      { headers: { 'accept-post': known } },
    );
  }
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (charset !== undefined && !/^"?(utf-?8|us-ascii)"?$/.test(charset)) {
    throw new ApiProblem('unsupported-media-type', 'Events are read as UTF-8: convert them before sending.');
  }
  return framing;
}
