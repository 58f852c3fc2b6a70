import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { EntitiesSchema } from '../contracts/security-event.ts';
import { EntityCollector } from './entities.ts';

const entitiesSchema = Compile(EntitiesSchema);

describe('EntityCollector', () => {
  it('keeps each entity once, in canonical spelling and order of appearance', () => {
    const entities = new EntityCollector();
    entities.ip('2001:DB8::1');
    entities.ip('192.0.2.1');
    entities.ip('2001:db8:0::1');
    entities.domain('Example.COM.');
    entities.domain('*.example.com');
    entities.host('WS-1.Corp.');
    entities.user('Ana');
    entities.user('Ana');
    entities.process('/usr/bin/id');
    expect(entities.done()).toEqual({
      ips: ['2001:db8::1', '192.0.2.1'],
      domains: ['example.com'],
      users: ['Ana'],
      hosts: ['ws-1.corp'],
      processes: ['/usr/bin/id'],
    });
  });

  it('gives nothing when it was given nothing', () => {
    const entities = new EntityCollector();
    for (const value of ['', '-', 7, null, undefined, [], {}]) {
      entities.ip(value);
      entities.domain(value);
      entities.url(value);
      entities.hash(value);
      entities.user(value);
      entities.host(value);
      entities.process(value);
    }
    expect(entities.done()).toBeUndefined();
  });

  it.each([
    ['http://evil.example/a?b#c', { urls: ['http://evil.example/a?b#c'], domains: ['evil.example'] }],
    [
      'https://user:pw@Evil.Example:8443/',
      { urls: ['https://user:pw@Evil.Example:8443/'], domains: ['evil.example'] },
    ],
    ['ldap://[2001:DB8::1]:389/x', { urls: ['ldap://[2001:DB8::1]:389/x'], ips: ['2001:db8::1'] }],
    ['http://192.0.2.9/x', { urls: ['http://192.0.2.9/x'], ips: ['192.0.2.9'] }],
    [`http://evil.example/${'x'.repeat(3000)}`, { domains: ['evil.example'] }],
    ['/only/a/path', undefined],
    ['mailto:ana@example.com', undefined],
  ])('takes the host out of the URL %s', (url, expected) => {
    const entities = new EntityCollector();
    entities.url(url);
    expect(entities.done()).toEqual(expected);
  });

  it('tells hashes by their length and takes them out of Sysmon lists, but not import hashes', () => {
    const md5 = 'D41D8CD98F00B204E9800998ECF8427E';
    const sha1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';
    const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    const entities = new EntityCollector();
    entities.hash(sha256);
    entities.hash(`SHA1=${sha1},MD5=${md5},IMPHASH=${'a'.repeat(32)}`);
    entities.hash(`SHA1=${'b'.repeat(50)}`);
    entities.hash('not a hash, but long enough to be looked at');
    entities.hash('f'.repeat(2000));
    expect(entities.done()).toEqual({ hashes: [sha256, sha1, md5.toLowerCase()] });
  });

  it('takes addresses given as domain or host for addresses', () => {
    const entities = new EntityCollector();
    entities.domain('192.0.2.1');
    entities.host('::1');
    expect(entities.done()).toEqual({ ips: ['192.0.2.1', '::1'] });
  });

  it.each(['localhost', '.', '.com', 'a b.example', 'a/b.example', `${'a'.repeat(254)}.x`])(
    'takes %s for no domain',
    (value) => {
      const entities = new EntityCollector();
      entities.domain(value);
      expect(entities.done()).toBeUndefined();
    },
  );

  it('holds at most 256 of a kind', () => {
    const entities = new EntityCollector();
    for (let i = 0; i < 1000; i += 1) entities.user(`user-${i}`);
    expect(entities.done()?.users).toHaveLength(256);
  });

  it('meets the contract whatever it is given', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constant('İ'.repeat(2048)),
      fc.webUrl(),
    );
    fc.assert(
      fc.property(fc.array(text), (values) => {
        const entities = new EntityCollector();
        for (const value of values) {
          entities.ip(value);
          entities.domain(value);
          entities.url(value);
          entities.hash(value);
          entities.user(value);
          entities.host(value);
          entities.process(value);
        }
        const found = entities.done();
        expect(found === undefined || entitiesSchema.Check(found)).toBe(true);
      }),
    );
  });
});
