import { describe, expect, it } from 'vitest';
import { listOf, objectOf, portOf, snakeCase, textOf } from './record-fields.ts';

describe('textOf', () => {
  it('takes text only, and cuts it without leaving half a character', () => {
    expect(textOf('root')).toBe('root');
    for (const value of ['', '-', 7, null, undefined, [], {}]) expect(textOf(value)).toBeUndefined();
    expect(textOf('abc', 2)).toBe('ab');
    expect(textOf('a😀', 2)).toBe('a\ufffd');
  });
});

describe('objectOf and listOf', () => {
  it('stand in for what is not there', () => {
    expect(objectOf({ a: 1 })).toEqual({ a: 1 });
    expect(objectOf([1])).toEqual({});
    expect(listOf(undefined)).toEqual([]);
    expect(listOf(null)).toEqual([]);
    expect(listOf('a')).toEqual(['a']);
    expect(listOf(['a', 'b'])).toEqual(['a', 'b']);
    expect(listOf(Array.from({ length: 1000 }, () => 1))).toHaveLength(256);
  });
});

describe('portOf', () => {
  it('takes numbers and decimal text from 0 to 65535', () => {
    expect(portOf(22)).toBe(22);
    expect(portOf('65535')).toBe(65_535);
    for (const value of [65_536, -1, 1.5, '1e3', '', '999999', null, undefined, {}, true]) {
      expect(portOf(value)).toBeUndefined();
    }
  });
});

describe('snakeCase', () => {
  it.each([
    ['AssumeRoleWithSAML', 'assume_role_with_saml'],
    ['user.session.start', 'user_session_start'],
    ['SSL::Invalid_Server_Cert', 'ssl_invalid_server_cert'],
    ['HTTPRequest', 'http_request'],
    ['  Início de sessão ', 'início_de_sessão'],
    ['***', ''],
  ])('writes %s as %s', (name, expected) => {
    expect(snakeCase(name)).toBe(expected);
  });

  it('is never longer than an event type may be', () => {
    expect(snakeCase('aB'.repeat(500)).length).toBeLessThanOrEqual(128);
  });
});
