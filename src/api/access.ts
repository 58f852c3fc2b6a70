import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKey, Role } from '../store/store.ts';
import type { Authenticator } from './api-keys.ts';
import { ApiProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key came with the request; null where none is needed. */
    apiKey: ApiKey | null;
  }
  interface FastifyContextConfig {
    /** Least role that may call the route; without it, no key is needed. */
    role?: Role;
  }
}

const rank: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, admin: 2 };

/** A hook that lets a request through when its key may do what the route does, before its body is read. */
export function createAccessCheck(
  authenticator: Authenticator,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return async (request) => {
    const { role } = request.routeOptions.config;
    if (role === undefined) return;
    const token = tokenOf(request);
    const key = token === null ? null : await authenticator.authenticate(token);
    if (key === null) {
      const detail =
        token === null
          ? 'Send an API key as "Authorization: Bearer vk_…" or "X-API-Key: vk_…".'
          : 'The API key is not known, or has been revoked.';
      throw new ApiProblem('unauthenticated', detail, {
        headers: { 'www-authenticate': 'Bearer realm="vertice"' },
      });
    }
    if (rank[key.role] < rank[role]) {
      throw new ApiProblem('forbidden', `This needs the role ${role}; the key has the role ${key.role}.`);
    }
    request.apiKey = key;
  };
}

/** The token that came with a request, or null. */
export function tokenOf({ headers }: FastifyRequest): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const header = headers['x-api-key'];
  return typeof header === 'string' && header !== '' ? header : null;
}

/** Who did it, for the record: the key's name and id. */
export function personOf({ apiKey }: FastifyRequest): string {
  return apiKey === null ? 'nobody' : `${apiKey.name} (${apiKey.keyId})`;
}
