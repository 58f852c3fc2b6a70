import { randomBytes } from 'node:crypto';
import Type from 'typebox';
import type { ApiKey } from '../../store/store.ts';
import { personOf } from '../access.ts';
import type { ApiApp, ApiContext } from '../api-app.ts';
import { createApiKey } from '../api-keys.ts';
import { ApiProblem } from '../problem.ts';
import { type ApiKeyAnswer, ApiKeyRef, idParams, RoleSchema } from '../schemas.ts';

const tags = ['keys'];

/** API keys: who may do what. */
export function keysRoutes(app: ApiApp, { store, clock, log, authenticator }: ApiContext): void {
  app.get(
    '/api/v1/keys',
    {
      config: { role: 'admin' },
      schema: {
        tags,
        summary: 'All keys, without their secrets.',
        response: { 200: Type.Object({ items: Type.Array(ApiKeyRef) }) },
      },
    },
    async () => ({ items: (await store.apiKeys()).map(answerOf) }),
  );

  app.post(
    '/api/v1/keys',
    {
      config: { role: 'admin' },
      schema: {
        tags,
        summary: 'Creates a key. Its secret is in this answer and nowhere else.',
        body: Type.Object(
          {
            name: Type.String({
              pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]{1,64}$',
              description: 'Whose it is, as it will stand beside their decisions.',
            }),
            role: RoleSchema,
          },
          { additionalProperties: false },
        ),
        response: {
          201: Type.Object({ key: ApiKeyRef, secret: Type.String({ description: 'vk_<key id>_<secret>' }) }),
        },
      },
    },
    async (request, reply) => {
      const { key, secret } = await createApiKey(store, request.body, { clock, randomBytes });
      log.info('API key created', {
        key_id: key.keyId,
        name: key.name,
        role: key.role,
        by: personOf(request),
      });
      return reply.code(201).send({ key: answerOf(key), secret });
    },
  );

  app.delete(
    '/api/v1/keys/:id',
    {
      config: { role: 'admin' },
      schema: {
        tags,
        summary: 'Revokes a key. Other processes notice within seconds.',
        params: idParams,
        response: { 204: Type.Null({ description: 'Revoked.' }) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const admins = (await store.apiKeys()).filter(
        ({ role, revokedAt }) => role === 'admin' && revokedAt === null,
      );
      if (admins.length === 1 && admins[0]?.keyId === id) {
        throw new ApiProblem(
          'conflict',
          'This is the last key of an administrator: create another one first.',
        );
      }
      const isRevoked = await store.revokeApiKey(id, new Date(clock.now()).toISOString());
      if (!isRevoked) throw new ApiProblem('not-found', 'There is no live key with this id.');
      authenticator.forget(id);
      log.info('API key revoked', { key_id: id, by: personOf(request) });
      return reply.code(204).send(null);
    },
  );
}

function answerOf({ keyId, name, role, createdAt, revokedAt }: ApiKey): ApiKeyAnswer {
  return { key_id: keyId, name, role, created_at: createdAt, revoked_at: revokedAt };
}
