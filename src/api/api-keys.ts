import { hash, randomBytes as nodeRandomBytes, timingSafeEqual } from 'node:crypto';
import { type Clock, systemClock } from '../clock.ts';
import type { ApiKey, Role, Store } from '../store/store.ts';

/** What of the store keys need. */
export type KeyStore = Pick<Store, 'addApiKey' | 'apiKey' | 'apiKeys'>;

export interface KeySources {
  readonly clock: Clock;
  /** Cryptographically random. */
  readonly randomBytes: (bytes: number) => Buffer;
}
const realSources: KeySources = { clock: systemClock, randomBytes: nodeRandomBytes };

const tokenPattern = /^vk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

/**
 * A new key. `secret` is the whole token (`vk_<key id>_<256 random bits>`); only its hash is stored, so it
 * can be shown this once.
 *
 * The hash is plain SHA-256: a slow hash protects secrets that can be guessed, and 256 random bits cannot,
 * while every request would pay for it.
 */
export async function createApiKey(
  store: KeyStore,
  { name, role }: { readonly name: string; readonly role: Role },
  { clock, randomBytes }: KeySources = realSources,
): Promise<{ readonly key: ApiKey; readonly secret: string }> {
  const keyId = randomBytes(8).toString('hex');
  const secret = `vk_${keyId}_${randomBytes(32).toString('base64url')}`;
  const key: ApiKey = {
    keyId,
    name,
    role,
    createdAt: new Date(clock.now()).toISOString(),
    revokedAt: null,
  };
  await store.addApiKey(key, hashOf(secret));
  return { key, secret };
}

/** Creates the first key, an administrator's, when the store has never had one; returns its secret, else null. */
export async function ensureFirstKey(
  store: KeyStore,
  sources: KeySources = realSources,
): Promise<string | null> {
  if ((await store.apiKeys()).length > 0) return null;
  const { secret } = await createApiKey(store, { name: 'first-admin', role: 'admin' }, sources);
  return secret;
}

/** Checks tokens against the store. */
export interface Authenticator {
  /** The live key a token belongs to, or null. */
  authenticate(token: string): Promise<ApiKey | null>;
  /** Forgets what is remembered of a key, so that its revocation holds at once. */
  forget(keyId: string): void;
}

const mostRemembered = 1000;

/** @param cacheMs how long a key is trusted without asking the store: how late a revocation elsewhere is seen */
export function createAuthenticator(store: KeyStore, clock: Clock, cacheMs: number): Authenticator {
  const remembered = new Map<string, { key: ApiKey; secretHash: Buffer; until: number }>();

  const find = async (keyId: string) => {
    const known = remembered.get(keyId);
    if (known !== undefined && known.until > clock.now()) return known;
    remembered.delete(keyId);
    const stored = await store.apiKey(keyId);
    if (stored === null) return null;
    const fresh = {
      key: stored.key,
      secretHash: Buffer.from(stored.secretHash, 'hex'),
      until: clock.now() + cacheMs,
    };
    const [oldest] = remembered.keys();
    if (remembered.size >= mostRemembered && oldest !== undefined) remembered.delete(oldest);
    remembered.set(keyId, fresh);
    return fresh;
  };

  return {
    async authenticate(token) {
      const keyId = tokenPattern.exec(token)?.[1];
      if (keyId === undefined) return null;
      const found = await find(keyId);
      if (found === null) return null;
      const given = Buffer.from(hashOf(token), 'hex');
      const isRight = given.length === found.secretHash.length && timingSafeEqual(given, found.secretHash);
      return isRight ? found.key : null;
    },
    forget(keyId) {
      remembered.delete(keyId);
    },
  };
}

function hashOf(secret: string): string {
  return hash('sha256', secret, 'hex');
}
